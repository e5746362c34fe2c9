//! What the editor tells about functions of SQL: on hover, and while a call is typed.
//!
//! The text is looked at before it is rendered (`masked`), so that places are those of the file. What a dialect has
//! is `sql`'s table; a function that somebody wrote is not in it.

use std::fmt::Write as _;

use analysis::{columns::dialect, source::template};
use base::SourceRange;
use project::files::FileKind;
use sql::{Dialect, Function, FunctionSignature, call_at, function_at};

use crate::{
    masked::masked_text,
    signature_help::{Signature, SignatureHelp, SignatureParameter},
    world::{Here, World},
};

/// The function whose name is at `offset`, as Markdown.
pub(crate) fn function_hover(
    world: World<'_>,
    here: &Here,
    offset: u32,
) -> Option<(SourceRange, String)> {
    let tree = tree_around(world, here, offset)?;
    let (range, function) = function_at(&tree, offset)?;
    let lines = function.signatures.iter();
    let lines: Vec<String> = lines.map(|it| signature_line(function, it)).collect();
    let mut markdown = format!("```sql\n{}\n```", lines.join("\n"));
    for description in descriptions(function) {
        let _ = write!(markdown, "\n\n{description}");
    }
    let _ = write!(markdown, "\n\n{}", origin(tree.dialect()));
    Some((SourceRange::new(range.start, range.end), markdown))
}

/// The call of a function that is around `offset`.
pub(crate) fn call_help(world: World<'_>, here: &Here, offset: u32) -> Option<SignatureHelp> {
    let tree = tree_around(world, here, offset)?;
    let call = call_at(&tree, offset)?;
    let signatures: Vec<Signature> = call
        .function
        .signatures
        .iter()
        .filter(|it| it.parameters.is_some())
        .map(|it| signature(call.function, it, call.n_before))
        .collect();
    // The first that has a place for what is typed.
    let active = signatures
        .iter()
        .position(|it| it.active_parameter.is_some());
    (!signatures.is_empty()).then_some(SignatureHelp {
        signatures,
        active_signature: active.unwrap_or(0),
    })
}

fn signature(function: &Function, signature: &FunctionSignature, nth: usize) -> Signature {
    let parameters = signature.parameters.iter().flatten();
    Signature {
        label: signature_line(function, signature),
        documentation: Some(sentence(signature.description)),
        parameters: parameters
            .map(|parameter| SignatureParameter {
                label: parameter.label(),
                documentation: None,
            })
            .collect(),
        active_parameter: signature.parameter(nth),
    }
}

/// The file's SQL, unless the cursor is in a tag of the template.
fn tree_around(world: World<'_>, here: &Here, offset: u32) -> Option<sql::SqlTree> {
    let is_sql = match here.kind(world)? {
        FileKind::Model
        | FileKind::Snapshot
        | FileKind::Analysis
        | FileKind::SingularTest
        | FileKind::GenericTest
        | FileKind::Macro
        | FileKind::Function => !here.file.path(world.db).ends_with(".py"),
        FileKind::Docs | FileKind::Seed | FileKind::Fixture | FileKind::Properties => false,
    };
    let template = template(world.db, here.file);
    let mut tags = template.tags.iter();
    if !is_sql || tags.any(|tag| tag.range.start < offset && offset < tag.range.end) {
        return None;
    }
    let text = masked_text(template, here.text(world));
    Some(sql::parse(&text, dialect(world.db, here.project)))
}

/// `upper(text) → varchar`
pub(crate) fn signature_line(function: &Function, signature: &FunctionSignature) -> String {
    let label = signature.label(function.name);
    match signature.result() {
        Some(result) => format!("{label} → {result}"),
        None => label,
    }
}

/// What a function is for; with all ways to call it, if there are several.
pub(crate) fn function_markdown(function: &Function, dialect: Dialect) -> String {
    let mut markdown = descriptions(function).join("\n\n");
    if let [_, others @ ..] = &*function.signatures
        && !others.is_empty()
    {
        let lines = function.signatures.iter();
        let lines: Vec<String> = lines.map(|it| signature_line(function, it)).collect();
        let _ = write!(markdown, "\n\n```sql\n{}\n```", lines.join("\n"));
    }
    let _ = write!(markdown, "\n\n{}", origin(dialect));
    markdown
}

/// Each description once.
fn descriptions(function: &Function) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for signature in &function.signatures {
        let description = sentence(signature.description);
        if !found.contains(&description) {
            found.push(description);
        }
    }
    found
}

fn sentence(description: &str) -> String {
    let mut chars = description.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", chars.as_str())
}

fn origin(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::DuckDb => "function of DuckDB",
        Dialect::Postgres => "function of PostgreSQL",
        Dialect::Snowflake => "function of Snowflake",
        Dialect::BigQuery => "function of BigQuery",
        Dialect::Databricks => "function of Databricks and Spark",
        Dialect::Redshift => "function of Redshift",
        Dialect::Trino => "function of Trino",
        Dialect::Generic => "function of SQL",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn project(sql: &str) -> TestProject {
        TestProject::new(&format!(
            "
//- /macros/m.sql
{{% macro cents(column, scale=2) %}}{{{{ column }}}}{{% endmacro %}}
//- /models/a.sql
{sql}
"
        ))
    }

    fn check_help(sql: &str, expected: &Expect) {
        let project = project(sql);
        let help = project.analysis().signature_help(project.cursor.unwrap());
        let shown = help.unwrap().map(|help| {
            let signature = &help.signatures[help.active_signature];
            let active = signature.active_parameter;
            let active = active.map_or("-", |nth| &signature.parameters[nth].label);
            format!(
                "{} at {active}, {} in all",
                signature.label,
                help.signatures.len()
            )
        });
        expected.assert_eq(&shown.unwrap_or_default());
    }

    fn check_hover(sql: &str, expected: &Expect) {
        let project = project(sql);
        let hover = project.analysis().hover(project.cursor.unwrap()).unwrap();
        expected.assert_eq(&hover.map(|it| it.markdown).unwrap_or_default());
    }

    #[test]
    fn functions_of_sql_have_signatures() {
        check_help(
            "select round($0",
            &expect!["round(number, [digits]) at number, 1 in all"],
        );
        check_help(
            "select round(amount, $0) from t",
            &expect!["round(number, [digits]) at [digits], 1 in all"],
        );
        check_help(
            "select date_trunc('mon$0', x)",
            &expect!["date_trunc(unit, time) at unit, 1 in all"],
        );
        check_help(
            "select concat('a', 'b', $0",
            &expect!["concat(value…) → varchar at value…, 1 in all"],
        );
        check_help(
            "select log(2, $0)",
            &expect!["log(base, number) → double at number, 2 in all"],
        );
        check_help(
            "select round({{ cents('x') }}, $0)",
            &expect!["round(number, [digits]) at [digits], 1 in all"],
        );
        check_help(
            "{% macro f(x) %}coalesce({{ x }}, $0){% endmacro %}",
            &expect!["coalesce(value…) at value…, 1 in all"],
        );
    }

    #[test]
    fn macros_in_calls_keep_their_signatures() {
        check_help(
            "select round({{ cents($0) }}, 2)",
            &expect!["cents(column, scale=…) at column, 1 in all"],
        );
        check_help("select round({{ 'x' $0 }}, 2)", &expect![""]);
    }

    #[test]
    fn functions_of_sql_are_explained() {
        check_hover(
            "select up$0per('x')",
            &expect![[r#"
                ```sql
                upper(text) → varchar
                ```

                In upper case.

                function of DuckDB"#]],
        );
        check_hover(
            "select ma$0x(id) from t",
            &expect![[r#"
            ```sql
            max(value)
            max(value, count)
            ```

            The greatest value.

            The greatest values.

            function of DuckDB"#]],
        );
        check_hover(
            "select current_dat$0e",
            &expect![[r#"
                ```sql
                current_date → date
                ```

                The day on which the transaction began.

                function of DuckDB"#]],
        );
        check_hover(
            "select my_ow$0n(id) from t",
            &expect!["**column** `my_own(id)`"],
        );
        check_hover("select upp$0er from t", &expect![""]);
    }
}
