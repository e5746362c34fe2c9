//! Renders `testdata/jinja/*.jinja` and compares with what dbt Core's own environment makes of them.
//!
//! The `.expected` files are written by `testdata/jinja/render_with_dbt.py`, not by us.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{FileId, OsSystem, System as _};
use jinja::{
    HostError, MacroDef, RefRequest, RenderHost, Renderer, Template, TemplateInput, Value,
    macro_defs,
};

/// Knows macros and nothing else.
#[derive(Default)]
struct MacrosOnly {
    macros: BTreeMap<String, Arc<MacroDef>>,
}

impl RenderHost for MacrosOnly {
    fn execute(&self) -> bool {
        true
    }

    fn find_macro(&self, _package: &str, name: &str) -> Option<Arc<MacroDef>> {
        self.macros.get(name).cloned()
    }

    fn find_macro_in(&self, _package: &str, name: &str) -> Option<Arc<MacroDef>> {
        self.macros.get(name).cloned()
    }

    fn has_package(&self, _name: &str) -> bool {
        false
    }

    fn dispatch(&self, _: &str, name: &str, _: Option<&str>) -> Result<Arc<MacroDef>, HostError> {
        Err(HostError::compilation("unknown-macro", name))
    }

    fn reference(&self, request: &RefRequest) -> Result<Value, HostError> {
        Err(HostError::compilation("unknown-ref", request.name.as_str()))
    }

    fn source(&self, source: &str, _table: &str) -> Result<Value, HostError> {
        Err(HostError::compilation("unknown-source", source))
    }

    fn var(&self, _name: &str) -> Option<Value> {
        None
    }

    fn env_var(&self, _name: &str) -> Result<Option<String>, HostError> {
        Ok(None)
    }

    fn config_set(&self, _pairs: Vec<(String, Value)>) -> Result<(), HostError> {
        Ok(())
    }

    fn config_get(&self, _name: &str) -> Option<Value> {
        None
    }

    fn global(&self, _name: &str) -> Option<Value> {
        None
    }
}

fn read(path: &Path) -> String {
    let bytes = OsSystem.read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn render(fixture: &str) -> String {
    let fixture = test_fixture::Fixture::parse(fixture);
    let mut host = MacrosOnly::default();
    let macros = fixture.text("/macros.sql");
    for def in macro_defs("root", FileId(0), macros, &Template::parse(macros)) {
        host.macros.insert(def.name.to_string(), Arc::new(def));
    }
    let model = ["/model.sql", "/main.sql"].map(|path| fixture.text(path));
    let host: Arc<dyn RenderHost> = Arc::new(host);
    let rendered = Renderer::default().render(
        &host,
        TemplateInput {
            name: "model",
            package: "root",
            file: None,
            start: 0,
            text: &model.concat(),
        },
    );
    rendered
        .error
        .map_or(rendered.text, |error| format!("error: {error:?}"))
}

#[test]
fn renders_as_dbt_does() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../testdata/jinja");
    let mut templates: Vec<PathBuf> = OsSystem
        .read_dir(&dir)
        .unwrap()
        .into_iter()
        .map(|entry| entry.path)
        .filter(|path| path.extension().is_some_and(|it| it == "jinja"))
        .collect();
    templates.sort();
    assert!(templates.len() >= 10, "{}", dir.display());
    let mut differences = Vec::new();
    for path in templates {
        let expected = read(&path.with_extension("expected"));
        let actual = render(&read(&path));
        for (nr, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
            if expected != actual {
                let name = path.file_name().unwrap().display();
                differences.push(format!(
                    "{name}, output line {}:\n  dbt:  {expected}\n  ours: {actual}",
                    nr + 1
                ));
            }
        }
        if expected.lines().count() != actual.lines().count()
            || expected.ends_with('\n') != actual.ends_with('\n')
        {
            differences.push(format!("{}: not as many lines:\n{actual}", path.display()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
