//! What the renderer does with whole templates, against a small host.

mod hostile;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use base::FileId;
use expect_test::{Expect, expect};

use super::*;
use crate::relation::Relation;
use crate::table::{ColumnKind, Table, TableColumn};
use crate::value::dict;

/// Macros by package, and a note of what templates did.
#[derive(Default)]
struct TestHost {
    macros: BTreeMap<(String, String), Arc<MacroDef>>,
    is_parsing: bool,
    notes: Mutex<Vec<String>>,
}

impl TestHost {
    /// Files called `/package/file.sql` hold macros.
    fn new(fixture: &str) -> Self {
        let fixture = test_fixture::Fixture::parse(fixture);
        let mut host = Self::default();
        for (idx, (path, text)) in fixture.files.iter().enumerate() {
            let package = path.iter().nth(1).unwrap().to_str().unwrap();
            let template = crate::Template::parse(text);
            assert_eq!(template.errors, [], "{}", path.display());
            for def in macro_defs(package, FileId(idx as u32), text, &template) {
                let key = (package.to_owned(), def.name.to_string());
                host.macros.insert(key, Arc::new(def));
            }
        }
        host
    }

    fn note(&self, note: String) {
        self.notes.lock().unwrap().push(note);
    }
}

impl RenderHost for TestHost {
    fn execute(&self) -> bool {
        !self.is_parsing
    }

    fn find_macro(&self, package: &str, name: &str) -> Option<Arc<MacroDef>> {
        [package, "root", "dbt"]
            .iter()
            .find_map(|package| self.find_macro_in(package, name))
    }

    fn find_macro_in(&self, package: &str, name: &str) -> Option<Arc<MacroDef>> {
        self.macros
            .get(&(package.to_owned(), name.to_owned()))
            .cloned()
    }

    fn has_package(&self, name: &str) -> bool {
        self.macros.keys().any(|(package, _)| package == name)
    }

    fn dispatch(
        &self,
        package: &str,
        macro_name: &str,
        namespace: Option<&str>,
    ) -> Result<Arc<MacroDef>, HostError> {
        ["duckdb__", "default__"]
            .iter()
            .find_map(|prefix| {
                self.find_macro_in(
                    namespace.unwrap_or(package),
                    &format!("{prefix}{macro_name}"),
                )
            })
            .ok_or_else(|| HostError::compilation("unknown-macro", "nothing to dispatch to"))
    }

    fn reference(&self, request: &RefRequest) -> Result<Value, HostError> {
        if request.name == "missing" {
            return Err(HostError::compilation(
                "unknown-ref",
                "model `missing` not found",
            ));
        }
        Ok(Relation::new(Some("db"), Some("s"), Some(&request.name)).into_value())
    }

    fn source(&self, source: &str, table: &str) -> Result<Value, HostError> {
        Ok(Relation::new(None, Some(source), Some(table)).into_value())
    }

    fn var(&self, name: &str) -> Option<Value> {
        Some(match name {
            "known" => Value::from(7),
            "templated" => Value::from("{{ var('known') + 1 }} of {{ this_package() }}"),
            "endless" => Value::from("{{ var('endless') }}"),
            _ => return None,
        })
    }

    fn env_var(&self, name: &str) -> Result<Option<String>, HostError> {
        Ok((name == "HOME").then(|| "/home".to_owned()))
    }

    fn config_set(&self, pairs: Vec<(String, Value)>) -> Result<(), HostError> {
        for (key, value) in pairs {
            self.note(format!("config {key}={value}"));
        }
        Ok(())
    }

    fn config_get(&self, name: &str) -> Option<Value> {
        (name == "materialized").then(|| Value::from("table"))
    }

    fn query(&self, request: &QueryRequest) -> Result<QueryResult, HostError> {
        self.note(format!("query {}", request.sql.trim()));
        let column = TableColumn {
            name: "n".to_owned(),
            kind: ColumnKind::Integer,
        };
        Ok(QueryResult {
            response: vec![("_message".to_owned(), Value::from("OK"))],
            table: Table::new(
                vec![column],
                vec![vec![Value::from(1)], vec![Value::from(2)]],
            ),
        })
    }

    fn log(&self, level: LogLevel, message: &str) {
        self.note(format!("{level:?} {message}"));
    }

    fn global(&self, name: &str) -> Option<Value> {
        (name == "target").then(|| dict([("type", Value::from("duckdb"))]))
    }
}

fn rendered(host: &Arc<dyn RenderHost>, text: &str) -> Rendered {
    Renderer::default().render(
        host,
        TemplateInput {
            name: "model.root.m",
            package: "root",
            file: Some(FileId(99)),
            start: 0,
            text,
        },
    )
}

/// The text, or the error with its stack.
fn shown(rendered: &Rendered, text: &str) -> String {
    let Some(error) = &rendered.error else {
        return rendered.text.clone();
    };
    let mut out = format!("{:?} {}: {}", error.kind, error.code, error.message);
    for frame in &error.stack {
        let at = match (frame.file, frame.range) {
            (Some(FileId(99)), Some(range)) => range.of(text).to_owned(),
            (_, range) => format!("{range:?}"),
        };
        let _ = write!(out, "\n  in {}: {at}", frame.name);
    }
    out
}

fn check(macros: &str, text: &str, expected: &Expect) {
    let host: Arc<dyn RenderHost> = Arc::new(TestHost::new(macros));
    expected.assert_eq(&shown(&rendered(&host, text), text));
}

#[test]
fn what_holds_itself_is_printed_as_dots() {
    let host: Arc<dyn RenderHost> = Arc::new(TestHost::default());
    for text in [
        "{% set ns = namespace(x=1) %}{% set ns.x = ns %}{{ ns }}",
        "{% set ns = namespace(x=1) %}{% set ns.x = (1, ns) %}{{ ns.x }}",
        "{% set ns = namespace(x=1) %}{% set ns.x = [ns] %}{{ ns.x }}",
    ] {
        let found = rendered(&host, text);
        assert!(found.text.contains("..."), "{text}: {}", found.text);
    }
}

#[test]
fn renders_references_and_variables() {
    check(
        "",
        "select * from {{ ref('a') }} join {{ source('raw', 'b') }} on {{ var('known') }} = {{ var('x', 1) }}",
        &expect![[r#"select * from "db"."s"."a" join "raw"."b" on 7 = 1"#]],
    );
}

#[test]
fn macros_call_each_other_and_return_values() {
    check(
        "
//- /root/macros.sql
{% macro fib(n) %}{% if n < 2 %}{{ return(n) }}{% endif %}{{ return(fib(n - 1) + fib(n - 2)) }}{% endmacro %}
{% macro names(prefix='x') %}{% set out = [] %}{% for i in range(3) %}{% do out.append(prefix ~ i) %}{% endfor %}{{ return(out) }}{% endmacro %}
",
        "{{ fib(10) + 1 }} {{ names() | join(',') }} {{ names(prefix='y') }}",
        &expect!["56 x0,x1,x2 ['y0', 'y1', 'y2']"],
    );
}

#[test]
fn packages_dispatch_and_overrides() {
    check(
        "
//- /utils/macros.sql
{% macro star(x) %}{{ return(adapter.dispatch('star', 'utils')(x)) }}{% endmacro %}
{% macro default__star(x) %}default {{ x }}{% endmacro %}
{% macro duckdb__star(x) %}duckdb {{ x }}{% endmacro %}
//- /root/macros.sql
{% macro ref(name) %}{{ return('<' ~ builtins.ref(name) ~ '>') }}{% endmacro %}
",
        "{{ utils.star(1) }} {{ ref('a') }}",
        &expect![[r#"duckdb 1 <"db"."s"."a">"#]],
    );
}

#[test]
fn callers_work_across_files() {
    check(
        "
//- /dbt/a.sql
{% macro wrap(name) %}[{{ name }}: {{ caller(1) }}{{ inner() }}]{% endmacro %}
//- /dbt/b.sql
{% macro inner() %}{% call(x) wrap2() %}{{ x }}!{% endcall %}{% endmacro %}
{% macro wrap2() %}({{ caller('deep') }}){% endmacro %}
",
        "{% set outside = 5 %}{% call(x) wrap('n') %}{{ x + outside }}{% endcall %}",
        &expect!["[n: 6(deep!)]"],
    );
}

#[test]
fn macros_do_not_see_the_scopes_of_their_callers() {
    check(
        "
//- /root/a.sql
{% macro outer(this, local) %}{% set inside = 1 %}{{ inner() }}{% endmacro %}
{% macro inner() %}{{ this }}|{{ local }}|{{ inside }}|{{ outside }}{% endmacro %}
",
        "{% set outside = 1 %}{{ outer('a', 'b') }}",
        &expect!["|||"],
    );
}

#[test]
fn variables_that_are_templates() {
    check(
        "
//- /root/a.sql
{% macro this_package() %}root{% endmacro %}
{% macro size(n=var('templated')) %}{{ n | upper }}{% endmacro %}
",
        "{{ var('templated') }}, {{ size() }}",
        &expect!["8 of root, 8 OF ROOT"],
    );
    check(
        "",
        "{{ var('endless') }}",
        &expect![[r#"
        Limit render-limit: `endless` needs too many others to be rendered; does it need itself?
          in model.root.m: {{ var('endless') }}"#]],
    );
}

#[test]
fn varargs_and_kwargs() {
    check(
        "
//- /root/a.sql
{% macro v(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}
",
        "{{ v(1, 2, 3, k='w') }} {{ v() }}",
        &expect!["1(2, 3){'k': 'w'} (){}"],
    );
}

#[test]
fn names_need_not_be_ascii() {
    check(
        "//- /root/a.sql\n{% macro größe(maß='é') %}{{ maß }}{% endmacro %}",
        "{% set übrig = größe(maß='ß') %}{{ übrig }}",
        &expect!["ß"],
    );
}

#[test]
fn a_text_that_ends_with_a_brace_stays_a_text() {
    check("", "{{ 1 }}{", &expect!["1{"]);
}

#[test]
fn statements_store_and_load_results() {
    check(
        "
//- /dbt/statement.sql
{% macro statement(name=none, fetch_result=false) -%}
  {%- set res, table = adapter.execute(caller(), fetch=fetch_result) -%}
  {%- do store_result(name, response=res, agate_table=table) -%}
{%- endmacro %}
",
        "{% call statement('x', fetch_result=true) %}select 1{% endcall %}{% set r = load_result('x') %}{{ r.response }} {{ r.data }} {{ r['table'].columns[0].values() }} {% for row in r.table.rows %}{{ row['n'] }}{{ row[0] }};{% endfor %}",
        &expect!["OK [[1], [2]] (1, 2) 11;22;"],
    );
}

#[test]
fn errors_know_the_way() {
    check(
        "
//- /root/a.sql
{% macro outer() %}{{ inner(1) }}{% endmacro %}
{% macro inner(x) %}{{ ref('missing') }}{% endmacro %}
",
        "select {{ outer() }}",
        &expect![[r"
            Compilation unknown-ref: model `missing` not found
              in model.root.m: outer()
              in macro.root.outer: Some(SourceRange { start: 22, end: 30 })
              in macro.root.inner: Some(SourceRange { start: 71, end: 85 })"]],
    );
}

#[test]
fn undefined_names_are_errors_when_run_and_harmless_when_parsed() {
    check(
        "",
        "{{ nothing }}|{{ nope(1) }}",
        &expect![[r"
            Compilation undefined-name: `nope` is undefined; is it a macro that does not exist, or a package that is not installed?
              in model.root.m: nope(1)"]],
    );
    check(
        "",
        "{{ nothing.a.b }}",
        &expect![[r"
            Compilation undefined-name: `nothing` is undefined; is it a macro that does not exist, or a package that is not installed?
              in model.root.m: nothing.a"]],
    );
    let host: Arc<dyn RenderHost> = Arc::new(TestHost {
        is_parsing: true,
        ..TestHost::default()
    });
    let text = "[{{ nope(1).x }}{{ a.b.c() }}{% if z is defined %}z{% endif %}{% for i in q %}i{% endfor %}{{ y | default('d') }}]";
    assert_eq!(shown(&rendered(&host, text), text), "[d]");
}

#[test]
fn inside_a_macro_an_undefined_name_cannot_be_called_even_while_parsing() {
    let host: Arc<dyn RenderHost> = Arc::new(TestHost {
        is_parsing: true,
        ..TestHost::new(
            "//- /root/a.sql\n{% macro outer() %}[{{ nothing }}]{{ nope(1) }}{% endmacro %}",
        )
    });
    let text = "{{ outer() }}";
    expect![[r#"
        Compilation undefined-name: `nope` is undefined; is it a macro that does not exist, or a package that is not installed?
          in model.root.m: outer()
          in macro.root.outer: Some(SourceRange { start: 37, end: 44 })"#]]
    .assert_eq(&shown(&rendered(&host, text), text));
}

#[test]
fn what_never_ends_is_stopped() {
    let host: Arc<dyn RenderHost> = Arc::new(TestHost::new(
        "//- /root/a.sql\n{% macro forever() %}{{ forever() }}{% endmacro %}",
    ));
    let renderer = Renderer::new(Limits {
        fuel: 100_000,
        macro_depth: 50,
    });
    for text in [
        "{% for i in range(1000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% for i in range(1000) %}{% for j in range(100000) %}some text{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set x = [1] %}{% for i in x %}{% for j in range(9999) %}{% do x.extend(x) %}{% endfor %}{% endfor %}",
        "{{ forever() }}",
        "{% set ns = namespace(d={'a': 1}) %}{% for i in range(99) %}{% set ns.d = {'x': ns.d, 'y': ns.d} %}{% endfor %}{{ ns.d }}{% for i in range(99999) %}{{ ns.d }}{% endfor %}",
    ] {
        let input = TemplateInput {
            name: "m",
            package: "root",
            file: None,
            start: 0,
            text,
        };
        let error = renderer.render(&host, input).error.unwrap();
        assert_eq!(error.kind, RenderErrorKind::Limit, "{text}: {error}");
        assert_eq!(error.code, "render-limit");
    }
}

#[test]
fn wrong_arguments_are_named() {
    check(
        "//- /root/a.sql\n{% macro m(column_name) %}{% endmacro %}",
        "{{ m(colum_name='x') }}",
        &expect![[r"
            Compilation macro-arguments: macro `m` takes no keyword argument `colum_name`; did you mean `column_name`?
              in model.root.m: m(colum_name='x')"]],
    );
}

#[test]
fn source_maps_point_into_the_file() {
    let host: Arc<dyn RenderHost> = Arc::new(TestHost::new(
        "//- /root/a.sql\n{% macro m() %}abc{% endmacro %}",
    ));
    let text = "select\r\n  {%- if true %} {{ m() }} {% endif %}\nfrom {{ ref('a') }}\n";
    let rendered = rendered(&host, text);
    let shown: Vec<String> = rendered
        .source_map
        .pieces()
        .iter()
        .map(|piece| {
            format!(
                "{:?} <- {:?}{}",
                piece.rendered.of(&rendered.text),
                piece.source.of(text),
                piece
                    .through
                    .as_ref()
                    .map_or(String::new(), |it| format!(" by {}", it.unique_id))
            )
        })
        .collect();
    expect![[r#"
        "select" <- "select"
        " " <- " "
        "abc" <- "{{ m() }}" by macro.root.m
        " " <- " "
        "\nfrom " <- "\nfrom "
        "\"db\".\"s\".\"a\"" <- "{{ ref('a') }}""#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn calls_macros_from_outside() {
    let host: Arc<dyn RenderHost> = Arc::new(TestHost::new(
        "
//- /dbt/a.sql
{% materialization table, default %}{% do store_result('main', response='CREATE') %}{{ return({'relations': [this_is(config.get('materialized'))]}) }}{% endmaterialization %}
{% macro this_is(x) %}is {{ x }}{% endmacro %}
",
    ));
    let called = Renderer::default().call_macro(
        &host,
        "root",
        "materialization_table_default",
        CallArgs::default(),
    );
    assert_eq!(
        called.value.unwrap().to_string(),
        "{'relations': ['is table']}"
    );
    assert_eq!(called.results[0].0, "main");
    assert_eq!(called.macros.len(), 2);
}

#[test]
fn values_keep_their_types() {
    let host: Arc<dyn RenderHost> = Arc::new(TestHost::default());
    let value = |text: &str| {
        let input = TemplateInput {
            name: "dbt_project.yml",
            package: "root",
            file: None,
            start: 0,
            text,
        };
        match Renderer::default().render_value(&host, input).value {
            Ok(value) => format!("{value:?}"),
            Err(error) => error.message,
        }
    };
    assert_eq!(value("{{ var('known') }}"), "7");
    assert_eq!(value("x{{ var('known') }}"), "'x7'");
    assert_eq!(value("{{ '1' }}"), "'1'");
    assert_eq!(value("{{ '1' | as_number }}"), "1");
    assert_eq!(value("{{ 'True' | as_bool }}"), "True");
    assert_eq!(value("{{ env_var('HOME') | as_text }}"), "'/home'");
    assert_eq!(value("{{ '[1, 2]' | as_native }}"), "[1, 2]");
    assert_eq!(
        value("{{ 'x' | as_number }}"),
        "could not convert value 'x' into type 'number'"
    );
}
