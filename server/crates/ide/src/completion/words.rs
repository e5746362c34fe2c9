//! Words of SQL: keywords and types by their place, after everything that has a name in the project.

use sql::ScopeAt;

use super::{COMMON_RANK, CompletionKind, Offer, Offers};

/// Offer what may stand at the cursor.
pub(crate) fn complete(scope: &ScopeAt, is_upper: bool, offers: &mut Offers) {
    let words = scope.words.iter().chain(&scope.types);
    for (nth, word) in words.enumerate() {
        let word = spelled(word, is_upper);
        // The likely ones first, as long as nothing else tells them apart.
        let rank = COMMON_RANK + u8::from(nth >= 2);
        offers.add_common(Offer::new(&word, CompletionKind::Keyword, rank));
    }
}

/// Whether words are written in capital letters here: as the letters that are typed, else as the keyword before.
pub(crate) fn is_upper(typed: &str, is_upper_before: bool) -> bool {
    let mut letters = typed.chars().filter(|c| c.is_alphabetic()).peekable();
    match letters.peek() {
        Some(_) => letters.all(char::is_uppercase),
        None => is_upper_before,
    }
}

pub(crate) fn spelled(word: &str, is_upper: bool) -> String {
    if is_upper {
        word.to_ascii_uppercase()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(sql: &str, expected: &Expect) {
        let orders = "//- /models/orders.sql\nselect 1 as id, 2 as order_total, 3 as limit_of\n";
        let project = TestProject::new(&format!("\n{orders}//- /models/a.sql\n{sql}\n"));
        let found = project.analysis().completions(project.cursor.unwrap());
        let items = found.unwrap().items;
        let items = items
            .iter()
            .take(6)
            .map(|it| format!("{:?} {}\n", it.kind, it.label));
        expected.assert_eq(&items.collect::<String>());
    }

    #[test]
    fn keywords_by_their_place() {
        check(
            "sel$0",
            &expect![[r#"
            Keyword select
        "#]],
        );
        check(
            "select id from {{ ref('orders') }} o gr$0",
            &expect![[r#"
                Keyword group by
            "#]],
        );
        check(
            "select id from {{ ref('orders') }} o left $0",
            &expect![[r#"
                Cte o
                Keyword join
                Keyword outer join
            "#]],
        );
        check(
            "SELECT id FROM {{ ref('orders') }} WHERE id IS $0",
            &expect![[r#"
                Column id
                Column limit_of
                Column order_total
                Keyword NOT NULL
                Keyword NULL
                Keyword DISTINCT FROM
            "#]],
        );
        check("select 'wh$0'", &expect![""]);
    }

    #[test]
    fn keywords_never_go_before_columns() {
        check(
            "select id from {{ ref('orders') }} o where id = 1 or$0",
            &expect![[r#"
                Column order_total
                Keyword or
                Keyword order by
            "#]],
        );
        check(
            "select id from {{ ref('orders') }} o where li$0",
            &expect![[r#"
                Column limit_of
                Function like_escape
                Function list
                Function list_aggr
                Function list_aggregate
                Function list_any_value
            "#]],
        );
    }

    #[test]
    fn types_after_casts() {
        check(
            "select id::var$0",
            &expect![[r#"
            Keyword varchar
        "#]],
        );
        check(
            "select cast(id as $0",
            &expect![[r#"
                Keyword bigint
                Keyword integer
                Keyword bit
                Keyword blob
                Keyword boolean
                Keyword date
            "#]],
        );
        check(
            "select cast(id as dou$0)",
            &expect![[r#"
            Keyword double
        "#]],
        );
    }
}
