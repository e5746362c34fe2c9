//! Functions of the dialect, with places for their arguments.

use sql::{Dialect, Function, FunctionKind, FunctionSignature, functions};

use super::{COMMON_RANK, CompletionKind, ENOUGH, Offer, Offers, SCATTERED, words::spelled};
use crate::sql_functions::{function_markdown, signature_line};

/// Offer the functions that agree with what is typed. Where a bracket follows already, only the name is written.
pub(crate) fn complete(dialect: Dialect, is_upper: bool, has_bracket: bool, offers: &mut Offers) {
    let fitting = functions(dialect)
        .filter_map(|function| Some((offers.misfit(function.name)?, function)))
        .filter(|(misfit, _)| *misfit < SCATTERED);
    let mut fitting: Vec<_> = fitting.collect();
    // Explaining one costs more than finding all of them.
    fitting.sort_by_key(|(misfit, _)| *misfit);
    for (_, function) in fitting.into_iter().take(ENOUGH) {
        let Some(signature) = function.signatures.first() else {
            continue;
        };
        let name = spelled(function.name, is_upper);
        let mut offer = Offer::new(&name, CompletionKind::Function, COMMON_RANK + 2)
            .detail(signature_line(function, signature))
            .doc(function_markdown(function, dialect));
        if !has_bracket && signature.parameters.is_some() {
            offer = offer.snippet(snippet(&name, function, signature));
        }
        offers.add(offer);
    }
}

/// The call with a place for each argument that has to be given.
fn snippet(name: &str, function: &Function, signature: &FunctionSignature) -> String {
    let parameters = signature.parameters.as_deref().unwrap_or_default();
    let required = parameters.iter().filter(|it| !it.is_optional).enumerate();
    let places: Vec<String> = required
        .map(|(nth, parameter)| format!("${{{}:{}}}", nth + 1, parameter.name))
        .collect();
    let separator = match function.name {
        "extract" => " from ",
        "position" => " in ",
        _ => ", ",
    };
    let arguments = match (places.is_empty(), parameters.is_empty()) {
        (true, false) => "$0".to_owned(),
        _ => places.join(separator),
    };
    let over = match function.kind {
        FunctionKind::Window => " over ($0)",
        FunctionKind::Scalar | FunctionKind::Aggregate => "",
    };
    format!("{name}({arguments}){over}")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(sql: &str, expected: &Expect) {
        let orders = "//- /models/orders.sql\nselect 1 as id, 2 as round_up, 3 as rows_in\n";
        let project = TestProject::new(&format!("\n{orders}//- /models/a.sql\n{sql}\n"));
        let found = project.analysis().completions(project.cursor.unwrap());
        let items = found.unwrap().items;
        let lines = items.iter().take(5).map(|it| {
            let detail = it.detail.as_deref().unwrap_or("-");
            format!("{:?} {} ({detail}) {}\n", it.kind, it.label, it.insert)
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn functions_of_the_dialect_come_after_columns() {
        check(
            "select roun$0 from {{ ref('orders') }}",
            &expect![[r#"
            Column round_up (INTEGER) round_up
            Function round (round(number, [digits])) round(${1:number})
            Function round_even (round_even(number, digits)) round_even(${1:number}, ${2:digits})
            Function roundbankers (roundbankers(number, digits)) roundbankers(${1:number}, ${2:digits})
        "#]],
        );
        check(
            "select row_n$0 from {{ ref('orders') }}",
            &expect![[r#"
            Function row_number (row_number() → bigint) row_number() over ($0)
        "#]],
        );
        check(
            "SELECT DATE_T$0 FROM {{ ref('orders') }}",
            &expect![[r#"
            Function DATE_TRUNC (date_trunc(unit, time)) DATE_TRUNC(${1:unit}, ${2:time})
        "#]],
        );
    }

    #[test]
    fn what_is_there_is_not_written_again() {
        check(
            "select spli$0(id, '-', 1)",
            &expect![[r#"
            Function split (split(text, separator) → varchar[]) split
            Function split_part (split_part(text, separator, index) → varchar) split_part
            Function regexp_split_to_array (regexp_split_to_array(text, regex, [options]) → varchar[]) regexp_split_to_array
            Function regexp_split_to_table (regexp_split_to_table(text, regex)) regexp_split_to_table
            Function str_split (str_split(text, separator) → varchar[]) str_split
        "#]],
        );
        check(
            "select current_da$0",
            &expect![[r#"
            Function current_database (current_database() → varchar) current_database()
            Function current_date (current_date → date) current_date
        "#]],
        );
        check(
            "select extr$0",
            &expect![[r#"
            Function extract (extract(unit, time) → bigint) extract(${1:unit} from ${2:time})
            Function array_extract (array_extract(list, index)) array_extract(${1:list}, ${2:index})
            Function json_extract (json_extract(json, path) → json) json_extract(${1:json}, ${2:path})
            Function json_extract_path (json_extract_path(json, path) → json) json_extract_path(${1:json}, ${2:path})
            Function json_extract_path_text (json_extract_path_text(json, path) → varchar) json_extract_path_text(${1:json}, ${2:path})
        "#]],
        );
    }

    #[test]
    fn behind_a_dot_and_in_from_there_are_none() {
        check(
            "select o.roun$0 from {{ ref('orders') }} o",
            &expect![[r#"
            Column round_up (INTEGER) round_up
        "#]],
        );
        check("select id from spli$0", &expect![""]);
    }
}
