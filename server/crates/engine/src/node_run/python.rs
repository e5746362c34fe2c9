//! The failure of a Python model: its traceback, and the line of its file that is at fault.

use base::SourceRange;
use project::node::Node;

use crate::{
    compile::node_path,
    live::Session,
    outcome::{Failure, FailureKind},
    python::PythonFailure,
};

/// For people, with its place.
pub(super) fn failure(session: &Session, node: &Node, failure: PythonFailure) -> Box<Failure> {
    let path = node_path(session, node);
    let (message, line) = match failure {
        PythonFailure::Warehouse(error) => (error.to_string(), None),
        PythonFailure::Setup(message) => (message, None),
        PythonFailure::Code { traceback, line } => {
            (format!("Python model failed:\n{traceback}"), line)
        }
    };
    let range = line.and_then(|line| {
        // Without the file there is no place to show.
        let text = session.system.read(path.as_ref()?).ok()?;
        range_of_line(&String::from_utf8_lossy(&text), line)
    });
    Box::new(Failure {
        kind: FailureKind::Runtime,
        message,
        path,
        range,
        through: Vec::new(),
        compiled_path: None,
    })
}

/// What is written in a line, which are counted from 1.
fn range_of_line(text: &str, number: usize) -> Option<SourceRange> {
    let before = number.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let line = text.get(start..)?.lines().next()?;
    let start = start + (line.len() - line.trim_start().len());
    Some(SourceRange::from_usize(start, start + line.trim().len()))
}

#[cfg(test)]
mod tests {
    use super::range_of_line;

    #[test]
    fn a_line_is_what_is_written_in_it() {
        let text = "def model(dbt, session):\r\n    return nope  \r\n";
        let shown = |line| range_of_line(text, line).map(|it| it.of(text));
        assert_eq!(shown(2), Some("return nope"));
        assert_eq!(shown(0), None);
        assert_eq!(shown(4), None);
    }
}
