//! Embeds the built-in macro packages of `server/packages/` as a table of `(package, path, text)`.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads the files it embeds"
)]

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let packages = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../packages");
    println!("cargo::rerun-if-changed={}", packages.display());
    let mut table = String::from(
        "/// `(package, path in it, text)`, sorted.\npub(crate) const BUILTIN_FILES: &[(&str, &str, &str)] = &[\n",
    );
    if packages.is_dir() {
        let packages = packages.canonicalize()?;
        for file in files_below(&packages)? {
            let relative = file.strip_prefix(&packages)?;
            let mut parts = relative.components();
            let Some(package) = parts.next() else {
                continue;
            };
            let path = parts.as_path();
            if path.as_os_str().is_empty() {
                continue;
            }
            let path = path.to_string_lossy().replace('\\', "/");
            writeln!(
                table,
                "    ({:?}, {path:?}, include_str!({:?})),",
                package.as_os_str().to_string_lossy(),
                file.to_string_lossy()
            )?;
        }
    }
    table.push_str("];\n");
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("builtin_files.rs"),
        table,
    )?;
    Ok(())
}

fn files_below(dir: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
