//! The warehouse's own binder: what it is asked, what it answered, and what that says of a file.
//!
//! A binder takes its time, so that no question of an editor waits for one: `bind_questions` says what is to be asked, whoever
//! has a binder asks it when nobody types and hands the answer to `Answers`. What is shown is a function of the text and the
//! answers: one to another text is never shown.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use analysis::{
    bind_question::{BindQuestion, bind_question},
    rendered::{RenderedSql, rendered},
    resolve::RefTarget,
};
use base::{Diagnostic, FileId, RenderedRange, Severity};
use jinja::Precision;
use sql::{Dialect, tokenize};

use crate::{Analysis, Cancellable, world::World};

/// Binds a query without running it. Called from one thread at a time, never while somebody waits.
pub trait Binder: Send + Sync {
    /// What the warehouse says to the query. Bounded in time and memory; equal questions have equal answers.
    fn bind(&self, question: &BindQuestion) -> BindAnswer;
}

/// What a binder said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindAnswer {
    /// The columns of the result: names and types.
    Columns(Arc<[(Arc<str>, Arc<str>)]>),
    /// The query means nothing.
    Wrong {
        /// What the binder says.
        message: Arc<str>,
        /// The byte of the query that it points at.
        at: u32,
    },
    /// It could not be told.
    Unknown,
}

/// So many answers are kept, those that were looked at last.
const MAX_ANSWERS: usize = 1024;

/// What was answered so far, for all revisions.
#[derive(Default)]
pub(crate) struct Answers {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Each with the time when it was looked at last.
    answers: HashMap<BindQuestion, (BindAnswer, u64)>,
    clock: u64,
}

impl Answers {
    fn get(&self, question: &BindQuestion) -> Option<BindAnswer> {
        let mut known = self.known();
        known.clock += 1;
        let now = known.clock;
        let (answer, looked_at) = known.answers.get_mut(question)?;
        *looked_at = now;
        Some(answer.clone())
    }

    fn insert(&self, question: BindQuestion, answer: BindAnswer) {
        let mut known = self.known();
        known.clock += 1;
        let now = known.clock;
        if known.answers.len() >= MAX_ANSWERS {
            let oldest = known.answers.iter().min_by_key(|(_, (_, at))| *at);
            if let Some(oldest) = oldest.map(|(question, _)| question.clone()) {
                known.answers.remove(&oldest);
            }
        }
        known.answers.insert(question, (answer, now));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a binder says of a file, as far as it was asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BinderFindings {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// There is something to ask.
    pub is_unanswered: bool,
}

impl Analysis {
    /// What a binder said of a file in which our own checks found `found`. It asks nobody.
    pub fn binder_findings(
        &self,
        file: FileId,
        found: &[Diagnostic],
    ) -> Cancellable<BinderFindings> {
        let mut findings = BinderFindings::default();
        if found.iter().any(|it| it.severity == Severity::Error) {
            // The binder stops at one mistake: it would be that one again.
            return Ok(findings);
        }
        self.ask_world(|world| {
            for (part, question) in questions(world, file) {
                match self.answers.get(&question) {
                    Some(BindAnswer::Wrong { message, at }) => {
                        let one = diagnostic(&part, &message, at);
                        let is_said =
                            |one: &Diagnostic| found.iter().any(|it| it.range == one.range);
                        findings.diagnostics.extend(one.filter(|it| !is_said(it)));
                    }
                    Some(BindAnswer::Columns(_) | BindAnswer::Unknown) => {}
                    None => findings.is_unanswered = true,
                }
            }
            findings
        })
    }

    /// What a binder has to be asked about a file: nothing that it has answered.
    pub fn bind_questions(&self, file: FileId) -> Cancellable<Vec<BindQuestion>> {
        self.ask_world(|world| {
            let all = questions(world, file).into_iter();
            all.map(|(_, question)| question)
                .filter(|it| self.answers.get(it).is_none())
                .collect()
        })
    }
}

/// The questions about a file's nodes, if it is the user's own.
fn questions(world: World<'_>, file: FileId) -> Vec<(RenderedSql, BindQuestion)> {
    let Some(here) = world.here(file).filter(|here| here.is_own(world)) else {
        return Vec::new();
    };
    let parts = rendered(world.db, here.file).iter();
    let with_question = |(slot, part): (usize, &RenderedSql)| {
        let question = bind_question(world.db, here.file, slot as u32)?;
        Some((part.clone(), question))
    };
    parts.enumerate().filter_map(with_question).collect()
}

/// The type that a binder told for a node's column, if it was asked.
pub(crate) fn bound_type(world: World<'_>, node: &RefTarget, column: &str) -> Option<Arc<str>> {
    let question = bind_question(world.db, node.file, node.slot)?;
    let BindAnswer::Columns(columns) = world.answers?.get(&question)? else {
        return None;
    };
    let mut columns = columns.iter();
    let (_, data_type) = columns.find(|(name, _)| name.eq_ignore_ascii_case(column))?;
    Some(Arc::clone(data_type))
}

/// At the place in the template that made the word at which the binder points.
fn diagnostic(part: &RenderedSql, message: &str, at: u32) -> Option<Diagnostic> {
    let tokens = tokenize(&part.sql, Dialect::DuckDb);
    let token = tokens.iter().find(|it| at < it.range.end);
    let range = token.map_or(RenderedRange::new(at, at), |it| it.range);
    let (range, precision) = part.source_map.to_source(range)?;
    let message = match precision {
        Precision::Exact => format!("DuckDB's binder says: {message}"),
        Precision::Covering => {
            format!("in the SQL that this renders to, DuckDB's binder says: {message}")
        }
    };
    Some(Diagnostic::error("binder-error", range, message))
}

/// The answers to what a host's snapshots ask.
#[derive(Clone)]
pub struct AnswerBook(pub(crate) Arc<Answers>);

impl AnswerBook {
    /// Ask a binder, unless it was asked the same before. No snapshot has to live while it thinks.
    pub fn ask(&self, binder: &dyn Binder, question: BindQuestion) {
        if self.0.get(&question).is_none() {
            let answer = binder.bind(&question);
            self.0.insert(question, answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::expect;

    use super::*;
    use crate::fixture::TestProject;

    /// Finds the word `wrong`, and columns that are called as the tables are.
    struct Fake;

    impl Binder for Fake {
        fn bind(&self, question: &BindQuestion) -> BindAnswer {
            if let Some(at) = question.sql.find("wrong") {
                let message = "that is wrong".into();
                let at = at as u32;
                return BindAnswer::Wrong { message, at };
            }
            let columns = question.tables.iter().flat_map(|it| &it.columns);
            BindAnswer::Columns(
                columns
                    .map(|(name, data_type)| (Arc::clone(name), format!("{data_type}!").into()))
                    .collect(),
            )
        }
    }

    fn ask_all(project: &TestProject) {
        let analysis = project.analysis();
        for file in project.files.values() {
            for question in analysis.bind_questions(*file).unwrap() {
                project.host.answers().ask(&Fake, question);
            }
        }
    }

    fn shown(project: &TestProject, path: &str) -> String {
        let (analysis, file) = (project.analysis(), project.file(path));
        let own = analysis.diagnostics(file).unwrap();
        let found = analysis.binder_findings(file, &own).unwrap();
        let text = analysis.text(file).unwrap();
        let mut out = format!("unanswered: {}\n", found.is_unanswered);
        for one in found.diagnostics {
            let place = one.range.of(&text);
            writeln!(out, "{} `{place}`: {}", one.code, one.message).unwrap();
        }
        out
    }

    const PROJECT: &str = "
//- /models/a.sql
select 1 as id
//- /models/b.sql
select {# é #} id, {{ 'wrong(1)' }} as x, wrong(id) as y from {{ ref('a') }}
//- /models/c.sql
select id from {{ ref('a') }}
//- /models/source.sql
select wrong(id) as id from {{ source('s', 't') }}
//- /models/hooked.sql
{{ config(pre_hook='set x = 1') }} select wrong(1) as id
//- /models/s.yml
sources: [{name: s, tables: [{name: t, columns: [{name: id, data_type: integer}]}]}]
";

    #[test]
    fn an_answer_comes_to_its_place_when_it_is_there() {
        let project = TestProject::new(PROJECT);
        assert_eq!(shown(&project, "/models/b.sql"), "unanswered: true\n");
        ask_all(&project);
        expect![[r#"
            unanswered: false
            binder-error `{{ 'wrong(1)' }}`: in the SQL that this renders to, DuckDB's binder says: that is wrong
        "#]]
        .assert_eq(&shown(&project, "/models/b.sql"));
        for path in ["/models/source.sql", "/models/hooked.sql", "/models/c.sql"] {
            assert_eq!(shown(&project, path), "unanswered: false\n", "{path}");
        }
    }

    #[test]
    fn hover_tells_the_type_and_who_told_it() {
        let project = TestProject::new(
            "
//- /models/a.sql
select 1 as id
//- /models/b.sql
select id from {{ ref('a') }}
//- /models/c.sql
select x.id$0 from {{ ref('b') }} as x
",
        );
        let cursor = project.cursor.unwrap();
        let hover = || project.analysis().hover(cursor).unwrap().unwrap().markdown;
        assert!(!hover().contains("binder"));
        ask_all(&project);
        let shown = hover();
        assert!(shown.contains("INTEGER!"), "{shown}");
        assert!(
            shown.ends_with("*inferred from SQL; type from DuckDB's binder*"),
            "{shown}"
        );
    }

    #[test]
    fn other_columns_are_another_question() {
        let mut project = TestProject::new(PROJECT);
        ask_all(&project);
        project.reload(vec![
            ("/models/a.sql".into(), "select 'x' as id".into()),
            (
                "/models/c.sql".into(),
                "select id from {{ ref('a') }}".into(),
            ),
        ]);
        assert_eq!(shown(&project, "/models/c.sql"), "unanswered: true\n");
        ask_all(&project);
        assert_eq!(shown(&project, "/models/c.sql"), "unanswered: false\n");
    }

    #[test]
    fn answers_are_bounded() {
        let answers = Answers::default();
        for idx in 0..2 * MAX_ANSWERS {
            let question = BindQuestion {
                sql: idx.to_string().into(),
                tables: Vec::new(),
            };
            answers.insert(question, BindAnswer::Unknown);
        }
        assert_eq!(answers.known().answers.len(), MAX_ANSWERS);
    }
}
