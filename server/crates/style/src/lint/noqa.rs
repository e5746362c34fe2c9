//! `-- noqa`: what a file does not want to hear.

use base::LineIndex;

use crate::items::Items;

/// What comments say about findings.
pub(super) struct Quiet<'t> {
    lines: LineIndex,
    marks: Vec<Mark<'t>>,
}

struct Mark<'t> {
    line: u32,
    reach: Reach,
    codes: Vec<&'t str>,
}

#[derive(PartialEq, Eq)]
enum Reach {
    Line,
    /// `noqa: disable=…`: from here on.
    Disable,
    /// `noqa: enable=…`: not any more.
    Enable,
}

pub(super) fn read<'t>(items: &Items<'t>) -> Quiet<'t> {
    let lines = LineIndex::new(items.text);
    let comments = items.row.iter().filter(|item| item.is_comment());
    let marks = comments
        .filter_map(|item| {
            let words = item
                .range
                .of(items.text)
                .trim_matches(['-', '/', '*', '{', '}', '#', ' ']);
            // A comment may say something else first.
            let at = words.find("noqa")?;
            let rest = words.get(at + "noqa".len()..)?.trim_start();
            let (reach, codes) = match rest.strip_prefix(':') {
                None if at == 0 && rest.is_empty() => (Reach::Line, ""),
                None => return None,
                Some(said) => match said.trim().split_once('=') {
                    Some(("disable", codes)) => (Reach::Disable, codes),
                    Some(("enable", codes)) => (Reach::Enable, codes),
                    _ => (Reach::Line, said),
                },
            };
            let codes = codes.split(',').map(str::trim);
            Some(Mark {
                line: lines.line_col(item.range.start).line,
                reach,
                codes: codes.filter(|it| !it.is_empty() && *it != "all").collect(),
            })
        })
        .collect();
    Quiet { lines, marks }
}

impl Quiet<'_> {
    pub(super) fn silences(&self, code: &str, offset: u32) -> bool {
        let line = self.lines.line_col(offset).line;
        let about = |mark: &&Mark<'_>| {
            mark.codes.is_empty() || mark.codes.iter().any(|it| it.eq_ignore_ascii_case(code))
        };
        let of_line = |mark: &&Mark<'_>| mark.reach == Reach::Line && mark.line == line;
        if self.marks.iter().filter(of_line).any(|mark| about(&mark)) {
            return true;
        }
        let before = |mark: &&Mark<'_>| mark.reach != Reach::Line && mark.line <= line;
        let last = self.marks.iter().filter(before).rfind(about);
        last.is_some_and(|mark| mark.reach == Reach::Disable)
    }
}
