//! A text that is rendered while another is: a variable that is a template itself.
//!
//! It sees what the outer template's context has, and nothing of its scope. It is a rendering of its own, because the engine's
//! macros belong to the state in which they were imported.

use std::sync::Arc;

use minijinja::State;

use crate::desugar::desugar;
use crate::render::load::LOAD_BLOCK;
use crate::render::session::{Session, host_error};
use crate::render::{HostError, may_have_jinja, root};
use crate::value::EngineError;

/// What `text` comes to in the context of `session`.
pub(crate) fn nested_text(
    state: &State<'_, '_>,
    session: &Arc<Session>,
    name: &str,
    text: &str,
) -> Result<String, EngineError> {
    if !may_have_jinja(text) {
        return Ok(text.to_owned());
    }
    state.consume_fuel(100)?;
    let nested = session.nested().ok_or_else(|| {
        host_error(HostError::compilation(
            "render-limit",
            format!("`{name}` needs too many others to be rendered; does it need itself?"),
        ))
    })?;
    let (source, _, _) = desugar(text, 0);
    let whole = format!("{source}{LOAD_BLOCK}");
    state
        .env()
        .template_from_named_str(name, &whole)
        .and_then(|template| template.render(root::root(&nested)))
}
