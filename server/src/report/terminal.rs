//! Lines like dbt's, with a progress bar under them while a run goes on.

use std::{
    io::IsTerminal as _,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base::OsSystem;
use engine::{BatchLine, Counts, Event, MessageLevel, NodeLine, Outcome, Reporter, Status};
use indicatif::{ProgressBar, ProgressStyle};
use project::node::ResourceType;

use super::{output, snippet};

/// What the command line decided.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
pub(super) struct TerminalConfig {
    pub(super) colors: bool,
    pub(super) is_quiet: bool,
    pub(super) is_debug: bool,
    pub(super) prints: bool,
    /// Nothing is made: only what goes wrong is told.
    pub(super) is_compiling: bool,
    /// The age of data is asked for, which has a shorter summary.
    pub(super) is_freshness: bool,
}

/// Prints to stdout; the bar is on stderr, and only on a terminal.
pub(super) struct Terminal {
    config: TerminalConfig,
    bar: Mutex<ProgressBar>,
    /// Failures, to be told again at the end.
    failed: Mutex<Vec<(NodeLine, Outcome)>>,
}

#[derive(Clone, Copy)]
enum Color {
    Green,
    Yellow,
    Red,
}

/// The width of dbt's lines.
const WIDTH: usize = 80;

impl Terminal {
    pub(super) fn new(config: TerminalConfig) -> Self {
        Self {
            config,
            bar: Mutex::new(ProgressBar::hidden()),
            failed: Mutex::default(),
        }
    }

    fn bar(&self) -> ProgressBar {
        self.bar
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    fn line(&self, text: &str) {
        if self.config.is_quiet {
            return;
        }
        self.always(text);
    }

    fn always(&self, text: &str) {
        let stamped: String = text
            .split('\n')
            .map(|line| format!("{}  {line}\n", clock()))
            .collect();
        self.bar().suspend(|| output(&stamped));
    }

    fn paint(&self, text: &str, color: Color) -> String {
        if !self.config.colors {
            return text.to_owned();
        }
        let code = match color {
            Color::Green => 32,
            Color::Yellow => 33,
            Color::Red => 31,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    fn batch_line(&self, batch: &BatchLine, words: &str, status: &str) {
        let line = fancy((batch.index, batch.total), words, status);
        self.line(&format!("Batch {line}"));
    }

    fn start_bar(&self, total: usize) {
        if self.config.is_quiet || !std::io::stderr().is_terminal() {
            return;
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(total as u64).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        *self
            .bar
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = bar;
    }

    fn finished(&self, node: &NodeLine, outcome: &Outcome) {
        if self.config.is_compiling && outcome.status == Status::Success {
            self.bar().inc(1);
            return;
        }
        let (words, status, color) = words(node, outcome);
        let status = self.paint(&status, color);
        let place = (node.index, node.total);
        let shown = match outcome.status {
            Status::Skipped => fancy(place, &words, &status),
            _ => fancy(
                place,
                &words,
                &format!("{status} in {:.2}s", outcome.execution_time),
            ),
        };
        self.line(&shown);
        let is_known = self.config.is_freshness && outcome.status == Status::Warn;
        let is_told_again = matches!(
            outcome.status,
            Status::Error | Status::Fail | Status::Warn | Status::PartialSuccess
        );
        if is_told_again && !is_known {
            let mut failed = self
                .failed
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            failed.push((node.clone(), outcome.clone()));
        }
        if node.resource_type != ResourceType::Operation {
            self.bar().inc(1);
        }
    }

    fn summary(&self, counts: Counts, kinds: &str, elapsed: Duration, is_interrupted: bool) {
        self.bar().finish_and_clear();
        if self.config.is_compiling && counts.error == 0 && !is_interrupted {
            return;
        }
        let failed = std::mem::take(
            &mut *self
                .failed
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        );
        self.line("");
        self.line(&format!(
            "Finished running {kinds} in {:.2}s.",
            elapsed.as_secs_f64()
        ));
        self.line("");
        let (verdict, color) = if is_interrupted {
            (
                "Exited because of keyboard interrupt".to_owned(),
                Color::Yellow,
            )
        } else if counts.partial == counts.error && counts.partial > 0 {
            (
                format!(
                    "Completed with {} and {}",
                    engine::plural(counts.partial, "partial success"),
                    engine::plural(counts.warn, "warning")
                ),
                Color::Yellow,
            )
        } else if counts.error > 0 {
            (
                format!(
                    "Completed with {}, {}, and {}:",
                    engine::plural(counts.error - counts.partial, "error"),
                    engine::plural(counts.partial, "partial success"),
                    engine::plural(counts.warn, "warning")
                ),
                Color::Red,
            )
        } else if counts.warn > 0 {
            (
                format!("Completed with {}:", engine::plural(counts.warn, "warning")),
                Color::Yellow,
            )
        } else {
            ("Completed successfully".to_owned(), Color::Green)
        };
        if !self.config.is_freshness {
            self.line(&self.paint(&verdict, color));
        }
        // Errors are told even to those who want quiet.
        for (node, outcome) in &failed {
            let is_warning = outcome.status == Status::Warn;
            if self.config.is_quiet && is_warning {
                continue;
            }
            self.always(&format!("\n{}", self.failure(node, outcome)));
        }
        if self.config.is_freshness {
            self.line("Done.");
            return;
        }
        self.line("");
        self.line(&format!(
            "Done. PASS={} WARN={} ERROR={} SKIP={} NO-OP={} TOTAL={}",
            counts.pass, counts.warn, counts.error, counts.skip, counts.no_op, counts.total
        ));
    }

    fn failure(&self, node: &NodeLine, outcome: &Outcome) -> String {
        let (word, color) = match outcome.status {
            Status::Warn => ("Warning", Color::Yellow),
            Status::PartialSuccess => ("Partial success", Color::Yellow),
            _ => ("Failure", Color::Red),
        };
        let title = self.paint(
            &format!(
                "{word} in {} {} ({})",
                node.resource_type, node.name, node.path
            ),
            color,
        );
        let snippet = outcome
            .failure
            .as_ref()
            .and_then(|failure| snippet::snippet(&OsSystem, failure));
        let body = match snippet {
            Some(snippet) => snippet,
            None if node.is_batched && outcome.failure.is_some() => {
                let failure = outcome.failure.as_ref();
                failure.map_or_else(String::new, |failure| failure.message.clone())
            }
            None => outcome
                .message
                .clone()
                .unwrap_or_else(|| format!("Status: {}", status_name(node, outcome))),
        };
        let compiled = outcome
            .failure
            .as_ref()
            .and_then(|failure| failure.compiled_path.as_ref());
        let compiled = compiled
            .map(|path| format!("\n\n  the SQL that failed is at {}", path.display()))
            .unwrap_or_default();
        let stored = outcome
            .relation_name
            .as_ref()
            .filter(|_| node.resource_type == ResourceType::Test);
        let stored = stored
            .map(|relation| format!("\n\n  the rows are in {relation}"))
            .unwrap_or_default();
        format!(
            "{title}\n  {}{compiled}{stored}",
            body.replace('\n', "\n  ")
        )
    }
}

impl Reporter for Terminal {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Found(what) => self.line(&format!("Found {what}")),
            Event::Started {
                threads,
                target,
                total,
            } => {
                self.line("");
                self.line(&format!(
                    "Concurrency: {} (target='{target}')",
                    engine::plural(*threads, "thread")
                ));
                self.line("");
                self.start_bar(*total);
            }
            Event::NothingToDo => self.line(
                "Nothing to do. Try checking your model configs and model specification args",
            ),
            Event::NodeStarted(node) => {
                self.bar().set_message(node.name.clone());
                if !self.config.is_compiling {
                    let place = (node.index, node.total);
                    self.line(&fancy(place, &format!("START {}", described(node)), "RUN"));
                }
            }
            Event::BatchStarted { node, batch } => {
                let words = format!("START batch {} of {}", batch.label, node.relation);
                self.batch_line(batch, &words, "RUN");
            }
            Event::BatchFinished {
                node,
                batch,
                outcome,
            } => {
                let (words, status, color) = words_of_batch(outcome);
                let words = format!("{words} batch {} of {}", batch.label, node.relation);
                let status = self.paint(&status, color);
                let status = format!("{status} in {:.2}s", outcome.execution_time);
                self.batch_line(batch, &words, &status);
            }
            Event::NodeFinished { node, outcome } => self.finished(node, outcome),
            Event::Message {
                level, text, event, ..
            } => match level {
                MessageLevel::Debug if !self.config.is_debug => {}
                MessageLevel::Debug | MessageLevel::Info => self.line(text),
                // For scripts that read it: nothing but the text.
                MessageLevel::Print => {
                    if self.config.prints {
                        self.bar().suspend(|| output(&format!("{text}\n")));
                    }
                }
                MessageLevel::Warn => {
                    self.line(&self.paint(&super::warning(event, text), Color::Yellow));
                }
            },
            Event::Query { sql, node } if self.config.is_debug => {
                let node = node.map(|node| format!("On {node}: ")).unwrap_or_default();
                self.line(&format!("{node}{sql}"));
            }
            Event::Query { .. } => {}
            Event::Finished {
                counts,
                kinds,
                elapsed,
                is_interrupted,
                ..
            } => {
                self.summary(*counts, kinds, *elapsed, *is_interrupted);
            }
        }
    }
}

/// dbt's name of an outcome; of stale data it is `error`.
fn status_name(node: &NodeLine, outcome: &Outcome) -> &'static str {
    match (node.resource_type, outcome.status) {
        (ResourceType::Source, Status::Fail) => "error",
        (_, status) => status.name(),
    }
}

/// `sql table model main.orders`, `seed file main.raw_orders`, `test not_null_x`
fn described(node: &NodeLine) -> String {
    match node.resource_type {
        ResourceType::Model if node.is_batched => format!("sql microbatch model {}", node.relation),
        ResourceType::Model => {
            let language = node.language.name();
            format!("{language} {} model {}", node.materialized, node.relation)
        }
        ResourceType::Seed => format!("seed file {}", node.relation),
        ResourceType::Function => format!("function {}", node.relation),
        ResourceType::Snapshot => format!("snapshot {}", node.relation),
        ResourceType::Test => format!("test {}", node.name),
        ResourceType::UnitTest => format!("unit_test {}", node.relation),
        ResourceType::Operation => format!("hook: {}", node.relation),
        ResourceType::Source => format!("freshness of {}", node.relation),
        other => format!("{} {}", other.name().replace('_', " "), node.name),
    }
}

/// What happened, the word in brackets, and its colour.
fn words(node: &NodeLine, outcome: &Outcome) -> (String, String, Color) {
    let failures = outcome.failures.unwrap_or(0);
    let message = outcome.message.clone().unwrap_or_default();
    let is_test = matches!(
        node.resource_type,
        ResourceType::Test | ResourceType::UnitTest
    );
    let tested = if node.resource_type == ResourceType::UnitTest {
        &node.relation
    } else {
        &node.name
    };
    if node.resource_type == ResourceType::Source {
        return words_of_source(node, outcome);
    }
    match outcome.status {
        Status::Skipped => {
            let what = match node.resource_type {
                ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot => {
                    format!("relation {}", node.relation)
                }
                other => format!("{other} {}", node.name),
            };
            (format!("SKIP {what}"), "SKIP".to_owned(), Color::Yellow)
        }
        Status::Error if is_test => (format!("ERROR {tested}"), "ERROR".to_owned(), Color::Red),
        Status::Error => {
            let doing = if node.resource_type == ResourceType::Seed {
                "loading"
            } else {
                "creating"
            };
            (
                format!("ERROR {doing} {}", described(node)),
                "ERROR".to_owned(),
                Color::Red,
            )
        }
        Status::PartialSuccess => (
            format!("PARTIALLY created {}", described(node)),
            message,
            Color::Yellow,
        ),
        Status::Fail => (
            format!("FAIL {failures} {tested}"),
            format!("FAIL {failures}"),
            Color::Red,
        ),
        Status::Warn => (
            format!("WARN {failures} {tested}"),
            format!("WARN {failures}"),
            Color::Yellow,
        ),
        Status::Pass => (format!("PASS {tested}"), "PASS".to_owned(), Color::Green),
        Status::NoOp => (
            format!("NO-OP {}", described(node)),
            "NO-OP".to_owned(),
            Color::Yellow,
        ),
        Status::Success => {
            let done = match node.resource_type {
                ResourceType::Seed => "loaded ",
                ResourceType::Operation => "",
                ResourceType::Snapshot => "snapshotted ",
                _ => "created ",
            };
            let what = described(node);
            let what = what.strip_prefix("snapshot ").unwrap_or(&what);
            let word = if node.resource_type == ResourceType::Operation || message.is_empty() {
                "OK".to_owned()
            } else {
                message
            };
            (format!("OK {done}{what}"), word, Color::Green)
        }
    }
}

/// What became of a batch, the word in brackets, and its colour.
fn words_of_batch(outcome: &Outcome) -> (&'static str, String, Color) {
    match outcome.status {
        Status::Success | Status::Pass | Status::NoOp | Status::Warn => {
            let answer = outcome.message.clone();
            (
                "OK created",
                answer.unwrap_or_else(|| "OK".to_owned()),
                Color::Green,
            )
        }
        Status::Skipped => ("SKIP", "SKIPPED".to_owned(), Color::Yellow),
        Status::Error | Status::Fail | Status::PartialSuccess => {
            ("ERROR creating", "ERROR".to_owned(), Color::Red)
        }
    }
}

/// A source was asked how old its data is; dbt calls it stale when it is too old.
fn words_of_source(node: &NodeLine, outcome: &Outcome) -> (String, String, Color) {
    let (word, color) = match outcome.status {
        Status::Success | Status::Pass | Status::NoOp => ("PASS", Color::Green),
        Status::Warn => ("WARN", Color::Yellow),
        Status::Fail => ("ERROR STALE", Color::Red),
        Status::Error | Status::PartialSuccess => ("ERROR", Color::Red),
        Status::Skipped => ("SKIP", Color::Yellow),
    };
    (
        format!("{word} {}", described(node)),
        word.to_owned(),
        color,
    )
}

/// `1 of 5 START sql table model main.orders .......... [RUN]`
fn fancy((index, total): (usize, usize), words: &str, status: &str) -> String {
    let prefix = format!("{index} of {total} {words} ");
    format!(
        "{prefix}{} [{status}]",
        ".".repeat(WIDTH.saturating_sub(prefix.chars().count()))
    )
}

/// The time of day, in UTC as in dbt's lines.
fn clock() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}
