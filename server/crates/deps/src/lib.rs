//! `deps`: which packages a project needs, in which versions, and how they come into its install path.
//!
//! `version`, `wanted`, `resolve` and `lock` are pure: they decide. `http`, `git`, `archive` and `install` do what was
//! decided; `fetch` is what stands between, the `Source` of a real machine. Only the command `deps` uses this crate, so
//! nothing else ever reaches for the network. What to do with the files of a package is none of its business.

mod add;
mod archive;
mod error;
mod fetch;
mod git;
mod http;
mod hub;
mod install;
mod lock;
mod packages_file;
mod resolve;
mod version;
mod wanted;
mod yaml_text;

pub use add::{AddRequest, AddSource, Added, add_package};
pub use error::DepsError;
pub use fetch::{FetchConfig, Fetcher, HUB_URL, Listener};
pub use install::{WorkDir, install};
pub use lock::{LOCK_FILE_NAME, is_current, lock_text, locked};
pub use packages_file::{PackagesSection, RenderText, packages_section};
pub use resolve::{ResolveConfig, Resolved, resolve};
