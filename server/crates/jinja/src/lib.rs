//! Template syntax, desugaring, the renderer and its source maps: the only importer of minijinja.
