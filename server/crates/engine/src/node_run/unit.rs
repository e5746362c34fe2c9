//! Unit tests: a model's query over made-up inputs, its rows compared with made-up outputs.
//!
//! Every input becomes a CTE in front of the model's query; the materialization `unit` returns the query's rows and the
//! expected ones in one table. The order of rows does not count.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use analysis::facts::ref_of;
use jinja::{
    CallArgs, Relation, RenderHost, StoredResult, Table, Template, TemplateInput, Value,
    value::{from_json, text},
};
use project::{
    json::JsonMap,
    node::{
        Config, FixtureFormat, FixtureInput, Node, ResourceType, SourceArgs, UniqueId, UnitTest,
    },
};

use crate::{
    compile,
    live::{LiveHost, PretendedMacro, Scope, Session},
    outcome::{Failure, FailureKind, Outcome, Status, Timing},
};

/// Runs one unit test.
pub(crate) fn run_unit_test(session: &Arc<Session>, test: &Arc<UnitTest>, thread: &str) -> Outcome {
    let began = Instant::now();
    let started_at = session.system.now();
    let mut outcome = Outcome::untried(test.unique_id.clone(), Status::Error, None);
    thread.clone_into(&mut outcome.thread);
    outcome.timing.push(Timing {
        name: "compile",
        started_at,
        completed_at: started_at,
    });
    let run = UnitRun {
        session,
        test,
        thread,
    };
    match run.compared(&mut outcome) {
        Ok(None) => {
            outcome.status = Status::Pass;
            outcome.failures = Some(0);
        }
        Ok(Some(difference)) => {
            outcome.status = Status::Fail;
            outcome.failures = Some(1);
            outcome.message = Some(difference);
        }
        Err(Broken { failure, .. }) if failure.kind == FailureKind::Cancelled => {
            outcome.status = Status::Skipped;
        }
        Err(Broken { failure, input }) => {
            outcome.message = Some(format!(
                "{} in {} ({})\n  {}",
                failure.kind.heading(),
                input.map_or_else(
                    || format!("unit_test {}", test.name),
                    |input| format!("model {input}")
                ),
                test.original_file_path,
                failure.message.replace('\n', "\n  ")
            ));
            outcome.failure = Some(*failure);
        }
    }
    outcome.timing.push(Timing {
        name: "execute",
        started_at,
        completed_at: session.system.now(),
    });
    outcome.execution_time = began.elapsed().as_secs_f64();
    outcome
}

/// What is wrong, and with which input; by itself it is the test.
struct Broken {
    failure: Box<Failure>,
    input: Option<Arc<str>>,
}

impl From<Box<Failure>> for Broken {
    fn from(failure: Box<Failure>) -> Self {
        Self {
            failure,
            input: None,
        }
    }
}

struct UnitRun<'a> {
    session: &'a Arc<Session>,
    test: &'a Arc<UnitTest>,
    thread: &'a str,
}

/// An input in place of what the model reads.
struct Input {
    id: UniqueId,
    cte: String,
    sql: String,
    is_this: bool,
}

impl UnitRun<'_> {
    /// What differs, if anything does.
    fn compared(&self, outcome: &mut Outcome) -> Result<Option<String>, Broken> {
        let project = &self.session.project;
        let model = self
            .test
            .depends_on
            .nodes
            .first()
            .and_then(|id| project.node(id));
        let model = model.ok_or_else(|| {
            self.failure(format!("the model `{}` was not found", self.test.model))
        })?;
        let mut inputs = Vec::new();
        for given in self.test.given.iter() {
            inputs.push(self.input(given, model)?);
        }
        let node = Arc::new(self.unit_node(model));
        let host = LiveHost::new(self.session, Scope::Node(Arc::clone(&node)), self.thread);
        self.pretend(&host, &inputs);
        let shared: Arc<dyn RenderHost> = Arc::clone(&host) as Arc<dyn RenderHost>;
        let rendered = self
            .session
            .renderer
            .render(&shared, compile::input(&host, model));
        if let Some(error) = rendered.error {
            let failure = compile::render_failure(self.session, model, &error);
            return Err(Box::new(failure).into());
        }
        let ctes: Vec<(UniqueId, String)> = inputs
            .iter()
            .map(|input| {
                (
                    input.id.clone(),
                    format!(" {} as (\n{}\n)", input.cte, input.sql),
                )
            })
            .collect();
        let (sql, _) = compile::inject(&rendered.text, &ctes);
        outcome.compiled_code = Some(sql.clone());
        let main = self.execute(&host, &node, sql)?;
        outcome.adapter_response = super::response_json(&main.response);
        let table = main
            .table
            .ok_or_else(|| self.failure("the unit test returned no rows".to_owned()))?;
        Ok(difference(&table))
    }

    /// The model under the test's name, as the materialization `unit` wants it.
    fn unit_node(&self, model: &Node) -> Node {
        let mut config = JsonMap::new();
        config.insert("materialized".to_owned(), "unit".into());
        match self.test.expect.format {
            FixtureFormat::Sql => {
                config.insert("expected_sql".to_owned(), self.test.expect.rows.clone())
            }
            FixtureFormat::Csv | FixtureFormat::Dict => {
                config.insert("expected_rows".to_owned(), self.test.expect.rows.clone())
            }
        };
        let name: Arc<str> = self.test.search_name().into();
        Node {
            unique_id: self.test.unique_id.clone(),
            alias: Arc::clone(&name),
            name,
            original_file_path: Arc::clone(&self.test.original_file_path),
            config: Config::new(ResourceType::Model, config),
            ..model.clone()
        }
    }

    /// The inputs, and what the test overrides.
    fn pretend(&self, host: &LiveHost, inputs: &[Input]) {
        let mut state = host.state();
        state.only_replaced = true;
        state.replaced = inputs
            .iter()
            .map(|input| (input.id.clone(), cte_relation(&input.cte)))
            .collect();
        let this = inputs.iter().find(|input| input.is_this);
        state.extra.push((
            "this".to_owned(),
            this.map_or_else(|| Value::from(()), |input| Value::from(input.cte.as_str())),
        ));
        if let Some(overrides) = &self.test.overrides {
            state.vars.clone_from(&overrides.vars);
            state.env = overrides
                .env_vars
                .iter()
                .map(|(name, value)| (name.clone(), text(&from_json(value))))
                .collect();
            state.macros = overrides
                .macros
                .iter()
                .filter_map(|(name, value)| PretendedMacro::new(name, value))
                .collect();
        }
    }

    /// A given input as a CTE.
    fn input(&self, given: &FixtureInput, model: &Arc<Node>) -> Result<Input, Broken> {
        let manifest = &self.session.project.manifest;
        let package = &*model.package_name;
        let unknown = || self.failure(format!("the input `{}` was not found", given.input));
        if given.input.trim() == "this" {
            return self.node_input(given, model, true);
        }
        let template = Template::parse(&format!("{{{{ {} }}}}", given.input));
        if let Some(call) = template.calls_of(&["ref"]).next() {
            let args = ref_of(call).ok_or_else(unknown)?;
            let id = manifest
                .resolve_ref(package, &args)
                .map_err(|_| unknown())?;
            let node = manifest.nodes.get(&id).ok_or_else(unknown)?;
            return self.node_input(given, node, node.unique_id == model.unique_id);
        }
        let call = template.calls_of(&["source"]).next().ok_or_else(unknown)?;
        let args = match (call.text_arg(0), call.text_arg(1)) {
            (Some(source), Some(table)) => SourceArgs {
                source: source.into(),
                table: table.into(),
            },
            _ => return Err(unknown().into()),
        };
        let source = manifest
            .resolve_source(package, &args)
            .and_then(|id| manifest.sources.get(id))
            .ok_or_else(unknown)?;
        let host = LiveHost::new(
            self.session,
            Scope::Package(Arc::clone(&source.package_name)),
            self.thread,
        );
        host.state().extra = vec![
            (
                "this".to_owned(),
                analysis::context::source_relation(source, self.session.project.quoting())
                    .into_value(),
            ),
            (
                "model".to_owned(),
                jinja::value::dict([
                    ("name", Value::from(&*source.name)),
                    ("resource_type", Value::from("model")),
                ]),
            ),
        ];
        let sql = self.fixture_sql(&host, given, &source.name)?;
        Ok(Input {
            id: source.unique_id.clone(),
            cte: format!("__dbt__cte__{}__{}", source.source_name, source.name),
            sql,
            is_this: false,
        })
    }

    fn node_input(
        &self,
        given: &FixtureInput,
        node: &Arc<Node>,
        is_this: bool,
    ) -> Result<Input, Broken> {
        let host = LiveHost::new(self.session, Scope::Node(Arc::clone(node)), self.thread);
        // An ephemeral model's `this` is a CTE; what it would be called as a relation is all there is to ask about.
        let sql = self.fixture_sql(&host, given, &node.name)?;
        Ok(Input {
            id: node.unique_id.clone(),
            cte: format!("__dbt__cte__{}", node.alias),
            sql,
            is_this,
        })
    }

    /// The SQL of an input: the author's own, which is a template as any model's is, or what the macro makes of rows.
    fn fixture_sql(
        &self,
        host: &Arc<LiveHost>,
        given: &FixtureInput,
        name: &Arc<str>,
    ) -> Result<String, Broken> {
        let shared: Arc<dyn RenderHost> = Arc::clone(host) as Arc<dyn RenderHost>;
        let renderer = &self.session.renderer;
        let made = if given.fixture.format == FixtureFormat::Sql {
            let input = TemplateInput {
                name,
                package: host.package(),
                file: None,
                start: 0,
                text: given.fixture.rows.as_str().unwrap_or_default(),
            };
            let made = renderer.render(&shared, input);
            made.error.map_or(Ok(made.text), Err)
        } else {
            let args = CallArgs {
                positional: vec![from_json(&given.fixture.rows), Value::from(())],
                keyword: Vec::new(),
            };
            let called = renderer.call_macro(&shared, host.package(), "get_fixture_sql", args);
            called.value.map(|value| text(&value))
        };
        made.map_err(|error| Broken {
            failure: self.failure(error.message),
            input: Some(Arc::clone(name)),
        })
    }

    /// The rows of the query and the expected ones.
    fn execute(
        &self,
        host: &Arc<LiveHost>,
        node: &Arc<Node>,
        sql: String,
    ) -> Result<StoredResult, Box<Failure>> {
        let context = self.session.project.manifest.node_context(node);
        {
            let mut state = host.state();
            let mut model: Vec<(Value, Value)> = context
                .global("model")
                .map(|model| jinja::value::pairs(&model))
                .unwrap_or_default();
            model.retain(|(name, _)| name.as_str() != Some("resource_type"));
            model.push((Value::from("resource_type"), Value::from("unit_test")));
            state.extra = vec![("model".to_owned(), jinja::value::dict(model))];
            state.macros.clear();
            state.sql = Some(sql.into());
        }
        let manifest = &self.session.project.manifest;
        let definition = manifest
            .macro_index
            .materialization("unit")
            .and_then(|key| manifest.macro_definition(key));
        let definition = definition
            .ok_or_else(|| self.failure("materialization 'unit' was not found".to_owned()))?;
        let shared: Arc<dyn RenderHost> = Arc::clone(host) as Arc<dyn RenderHost>;
        let called = self.session.renderer.call_macro_def(
            &shared,
            host.package(),
            Arc::clone(definition),
            CallArgs::default(),
        );
        if let Err(error) = called.value {
            let mut failure = compile::render_failure(self.session, node, &error);
            if let FailureKind::Database { heading } = &mut failure.kind {
                // dbt wraps it, whatever the adapter's own is.
                *heading = "Runtime Error";
            }
            failure.message = format!(
                "An error occurred during execution of unit test '{}'. There may be an error in the unit test definition: check the data types.\n{}",
                self.test.name, failure.message
            );
            return Err(Box::new(failure));
        }
        let main = called
            .results
            .into_iter()
            .find(|(name, _)| name == "main")
            .map(|(_, result)| result);
        main.ok_or_else(|| self.failure("the unit test returned no rows".to_owned()))
    }

    fn failure(&self, message: String) -> Box<Failure> {
        let root = self
            .session
            .project
            .manifest
            .package_roots
            .get(&self.test.package_name);
        Box::new(Failure {
            kind: FailureKind::Compilation,
            message,
            path: root.map(|root| root.join(&*self.test.original_file_path)),
            range: None,
            through: Vec::new(),
            compiled_path: None,
        })
    }
}

fn cte_relation(cte: &str) -> Relation {
    Relation::ephemeral(cte.trim_start_matches("__dbt__cte__"))
}

/// The rows that only one side has; `None` where both have the same.
fn difference(table: &Table) -> Option<String> {
    let side = table
        .columns()
        .iter()
        .position(|column| column.name.eq_ignore_ascii_case("actual_or_expected"))?;
    let mut counts: BTreeMap<Vec<String>, i64> = BTreeMap::new();
    for row in table.rows() {
        let cells = row
            .iter()
            .enumerate()
            .filter(|(idx, _)| *idx != side)
            .map(|(_, value)| text(value))
            .collect();
        let is_actual = row
            .get(side)
            .is_some_and(|value| value.as_str() == Some("actual"));
        *counts.entry(cells).or_default() += if is_actual { 1 } else { -1 };
    }
    counts.retain(|_, count| *count != 0);
    if counts.is_empty() {
        return None;
    }
    let names: Vec<&str> = table
        .columns()
        .iter()
        .enumerate()
        .filter(|(idx, _)| *idx != side)
        .map(|(_, column)| column.name.as_str())
        .collect();
    let mut lines = vec![format!("@@ | {}", names.join(" | "))];
    for (cells, count) in counts {
        let mark = if count > 0 { "+++" } else { "---" };
        for _ in 0..count.abs() {
            lines.push(format!("{mark} | {}", cells.join(" | ")));
        }
    }
    Some(format!(
        "\n\nactual (+++) differs from expected (---):\n\n{}\n",
        lines.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use jinja::{ColumnKind, TableColumn};

    #[test]
    fn the_order_of_rows_does_not_count_but_their_number_does() {
        let columns = ["id", "actual_or_expected"].map(|name| TableColumn {
            name: name.to_owned(),
            kind: ColumnKind::Text,
        });
        let row = |id: i64, side: &str| vec![Value::from(id), Value::from(side)];
        let same = Table::new(
            columns.to_vec(),
            vec![
                row(1, "actual"),
                row(2, "actual"),
                row(2, "expected"),
                row(1, "expected"),
            ],
        );
        assert_eq!(difference(&same), None);
        let other = Table::new(
            columns.to_vec(),
            vec![
                row(1, "actual"),
                row(1, "actual"),
                row(1, "expected"),
                row(3, "expected"),
            ],
        );
        expect![[r"


            actual (+++) differs from expected (---):

            @@ | id
            +++ | 1
            --- | 3
        "]]
        .assert_eq(&difference(&other).unwrap());
    }
}
