//! Which macro a name means: dbt's search orders over the packages of a project, without the macros' bodies.
//!
//! A name is looked up from the package of the *node* that is rendered, not of the macro that calls it; that is why
//! packages qualify their own calls (`dbt_utils.star`). Bodies are fetched by key when they are needed, so that
//! editing one changes nothing here.

use std::{collections::BTreeMap, sync::Arc};

use base::FileId;

/// A macro by the file it stands in and its place among that file's macros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacroKey {
    /// The file.
    pub file: FileId,
    /// From 0.
    pub index: u32,
}

/// The macros of one package by name. Tests are `test_x` and materializations `materialization_x_adapter`, as in dbt.
pub type MacroNames = BTreeMap<Arc<str>, MacroKey>;

/// All macros of a project and the orders in which they are searched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MacroIndex {
    /// The project that is opened.
    pub root: Arc<str>,
    /// `dbt_duckdb`, `dbt`: the first wins.
    pub internal: Vec<Arc<str>>,
    /// `duckdb`, `default`: what `adapter.dispatch` puts before a name.
    pub prefixes: Vec<Arc<str>>,
    /// Every package but the internal ones.
    pub packages: BTreeMap<Arc<str>, MacroNames>,
    /// The internal packages laid over each other, in reverse order.
    pub builtin: MacroNames,
    /// `dispatch:` of the root project: namespace to packages.
    pub search_orders: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dispatched {
    /// This one.
    Found(MacroKey),
    /// None of these names exists.
    Tried(Vec<String>),
}

impl MacroIndex {
    /// An unqualified name, from a node of `package`: its own package, the root project, then the built-in macros.
    pub fn find(&self, package: &str, name: &str) -> Option<MacroKey> {
        let of = |package: &str| self.packages.get(package).and_then(|names| names.get(name));
        of(package)
            .or_else(|| of(&self.root))
            .or_else(|| self.builtin.get(name))
            .copied()
    }

    /// Whether the project or one of its packages has a macro of this name.
    pub fn has_own(&self, name: &str) -> bool {
        self.packages.values().any(|names| names.contains_key(name))
    }

    /// `package.name`. `dbt` means all built-in macros.
    pub fn find_in(&self, package: &str, name: &str) -> Option<MacroKey> {
        if self.is_internal(package) {
            return self.builtin.get(name).copied();
        }
        self.packages.get(package)?.get(name).copied()
    }

    /// Whether `name` is a package that calls can be qualified with.
    pub fn is_package(&self, name: &str) -> bool {
        name == "dbt" || self.packages.contains_key(name)
    }

    /// `adapter.dispatch(name, namespace)` from a node of `package`.
    ///
    /// See <https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch>.
    pub fn dispatch(&self, package: &str, name: &str, namespace: Option<&str>) -> Dispatched {
        let mut tried = Vec::new();
        for search in self.search_packages(namespace) {
            for prefix in &self.prefixes {
                let candidate = format!("{prefix}__{name}");
                let found = match search {
                    Some(search) => self.find_in(search, &candidate),
                    None => self.find(package, &candidate),
                };
                if let Some(key) = found {
                    return Dispatched::Found(key);
                }
                tried.push(
                    search.map_or(candidate.clone(), |search| format!("{search}.{candidate}")),
                );
            }
        }
        Dispatched::Tried(tried)
    }

    /// All implementations that a dispatch could reach, whichever adapter is used; for definitions and references.
    pub fn implementations<'a>(&'a self, name: &'a str) -> impl Iterator<Item = MacroKey> + 'a {
        let is_one = move |candidate: &str| {
            candidate
                .strip_suffix(name)
                .is_some_and(|prefix| prefix.len() > 2 && prefix.ends_with("__"))
        };
        let all = self.packages.values().chain([&self.builtin]);
        all.flat_map(move |names| {
            names
                .iter()
                .filter(move |(candidate, _)| is_one(candidate))
                .map(|(_, key)| *key)
        })
    }

    /// Whether a package replaces `ref`, `source` or `config` by a macro: then nothing is known without rendering.
    pub fn replaces_ref(&self) -> bool {
        let names = ["ref", "source", "config"];
        self.packages
            .values()
            .any(|macros| names.iter().any(|name| macros.contains_key(*name)))
    }

    /// The macro that makes `schema`, `alias` or `database` names for nodes of `package`.
    ///
    /// A package's own wins for its nodes, then the root project's, then the built-in one.
    pub fn generate_name(&self, package: &str, component: &str) -> Option<MacroKey> {
        let name = format!("generate_{component}_name");
        let of = |package: &str| {
            self.packages
                .get(package)
                .and_then(|names| names.get(name.as_str()))
        };
        of(package)
            .or_else(|| of(&self.root))
            .or_else(|| self.builtin.get(name.as_str()))
            .copied()
    }

    /// The materialization `name`: one for the adapter before a default one, and among equals the root project's
    /// before a package's before a built-in one; but a package may not replace a built-in materialization.
    ///
    /// See <https://docs.getdbt.com/reference/global-configs/behavior-changes#package-override-for-built-in-materialization>.
    pub fn materialization(&self, name: &str) -> Option<MacroKey> {
        let names: Vec<String> = self
            .prefixes
            .iter()
            .map(|adapter| format!("materialization_{name}_{adapter}"))
            .collect();
        let root = |name: &String| {
            self.packages
                .get(&self.root)
                .and_then(|macros| macros.get(name.as_str()))
        };
        let builtin = |name: &String| self.builtin.get(name.as_str());
        let imported = |name: &String| {
            let mut others = self
                .packages
                .iter()
                .filter(|(package, _)| **package != self.root);
            others.find_map(|(_, macros)| macros.get(name.as_str()))
        };
        let own = names
            .iter()
            .find_map(|name| root(name).or_else(|| builtin(name)));
        own.or_else(|| names.iter().find_map(imported)).copied()
    }

    /// Every name that an unqualified call from `package` can use, for suggestions and completion.
    pub fn visible_from<'a>(
        &'a self,
        package: &'a str,
    ) -> impl Iterator<Item = (&'a Arc<str>, MacroKey)> {
        let own = self.packages.get(package).into_iter().flatten();
        let root = (*package != *self.root)
            .then(|| self.packages.get(&self.root))
            .flatten()
            .into_iter()
            .flatten();
        own.chain(root)
            .chain(&self.builtin)
            .map(|(name, key)| (name, *key))
    }

    fn is_internal(&self, package: &str) -> bool {
        package == "dbt" || self.internal.iter().any(|name| &**name == package)
    }

    fn search_packages(&self, namespace: Option<&str>) -> Vec<Option<&str>> {
        let Some(namespace) = namespace else {
            return vec![None];
        };
        if let Some(order) = self.search_orders.get(namespace) {
            return order.iter().map(|package| Some(&**package)).collect();
        }
        if self.is_internal(namespace)
            || (self.packages.contains_key(namespace) && *namespace != *self.root)
        {
            return match self.packages.get_key_value(&self.root) {
                Some((root, _)) => vec![Some(&**root), Some(self.named(namespace))],
                None => vec![Some(self.named(namespace))],
            };
        }
        vec![None]
    }

    /// `name` as this index spells it, so that it lives as long.
    fn named(&self, name: &str) -> &str {
        self.packages
            .get_key_value(name)
            .map_or("dbt", |(package, _)| package)
    }
}

#[cfg(test)]
mod tests {
    use super::{Dispatched, MacroIndex, MacroKey};
    use base::FileId;

    fn key(n: u32) -> MacroKey {
        MacroKey {
            file: FileId(n),
            index: 0,
        }
    }

    fn index() -> MacroIndex {
        let names = |list: &[(&str, u32)]| {
            list.iter()
                .map(|(name, n)| ((*name).into(), key(*n)))
                .collect()
        };
        MacroIndex {
            root: "shop".into(),
            internal: vec!["dbt_duckdb".into(), "dbt".into()],
            prefixes: vec!["duckdb".into(), "default".into()],
            packages: [
                (
                    "shop".into(),
                    names(&[
                        ("cents", 1),
                        ("default__concat", 2),
                        ("materialization_view_default", 9),
                    ]),
                ),
                (
                    "util".into(),
                    names(&[
                        ("cents", 3),
                        ("duckdb__pivot", 4),
                        ("default__pivot", 5),
                        ("materialization_table_duckdb", 10),
                    ]),
                ),
            ]
            .into(),
            builtin: names(&[
                ("concat", 6),
                ("default__concat", 7),
                ("duckdb__concat", 8),
                ("materialization_table_default", 11),
            ]),
            search_orders: [("mine".into(), vec!["util".into(), "shop".into()])].into(),
        }
    }

    #[test]
    fn the_package_of_the_node_comes_first() {
        assert_eq!(index().find("util", "cents"), Some(key(3)));
        assert_eq!(index().find("shop", "cents"), Some(key(1)));
        assert_eq!(index().find("util", "concat"), Some(key(6)));
    }

    #[test]
    fn dispatch_searches_the_root_project_before_the_namespace_with_every_prefix() {
        assert_eq!(
            index().dispatch("util", "concat", Some("dbt")),
            Dispatched::Found(key(2))
        );
        assert_eq!(
            index().dispatch("shop", "pivot", Some("util")),
            Dispatched::Found(key(4))
        );
    }

    #[test]
    fn a_configured_search_order_replaces_the_usual_one() {
        assert_eq!(
            index().dispatch("shop", "pivot", Some("mine")),
            Dispatched::Found(key(4))
        );
        let Dispatched::Tried(tried) = index().dispatch("shop", "nothing", Some("mine")) else {
            panic!("found nothing")
        };
        assert_eq!(
            tried,
            [
                "util.duckdb__nothing",
                "util.default__nothing",
                "shop.duckdb__nothing",
                "shop.default__nothing"
            ]
        );
    }

    #[test]
    fn a_package_does_not_replace_a_built_in_materialization() {
        assert_eq!(index().materialization("table"), Some(key(11)));
        assert_eq!(index().materialization("view"), Some(key(9)));
    }
}
