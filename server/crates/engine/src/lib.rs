//! Plans and executes a selection of the graph; knows a warehouse only as `trait Warehouse`.
