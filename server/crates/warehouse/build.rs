//! Tells this crate's tests where the prebuilt DuckDB library lies, so that it runs without `LD_LIBRARY_PATH`.
//!
//! The script of `libduckdb-sys` names the library to the linker; only the package that is linked can name the place
//! to the loader.

fn main() {
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    let is_bundled = std::env::var_os("CARGO_FEATURE_BUNDLED").is_some();
    let is_windows = std::env::var_os("CARGO_CFG_WINDOWS").is_some();
    if let (false, false, Some(dir)) = (is_bundled, is_windows, std::env::var_os("DUCKDB_LIB_DIR"))
    {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", dir.display());
    }
}
