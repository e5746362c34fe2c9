//! Python's way to write a regular expression, as our engine reads it.
//!
//! Both agree on most of it. What is written anew here: braces that are no repetition, the verbose mode (which in Python leaves
//! the inside of `[...]` alone), sets (ours nest and intersect), `$` (in Python also before a last line break), `\Z`, `(?P=name)`.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Translated {
    pub(super) text: String,
    pub(super) flags: Flags,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four flags of Python's, each on its own"
)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) verbose: bool,
}

pub(super) fn translated(pattern: &str, mut flags: Flags) -> Translated {
    let mut rest = pattern;
    while let Some((letters, after)) = global_flags(rest) {
        flags.ignore_case |= letters.contains('i');
        flags.multi_line |= letters.contains('m');
        flags.dot_all |= letters.contains('s');
        flags.verbose |= letters.contains('x');
        rest = after;
    }
    let mut translation = Translation {
        chars: rest.chars().peekable(),
        out: String::with_capacity(rest.len()),
        flags,
    };
    translation.run();
    Translated {
        text: translation.out,
        flags,
    }
}

/// `(?ix)` at the start of a pattern, and what follows.
fn global_flags(pattern: &str) -> Option<(&str, &str)> {
    let (letters, rest) = pattern.strip_prefix("(?")?.split_once(')')?;
    let only_flags = !letters.is_empty() && letters.chars().all(|it| "aiLmsux".contains(it));
    only_flags.then_some((letters, rest))
}

struct Translation<'a> {
    chars: Peekable<Chars<'a>>,
    out: String,
    flags: Flags,
}

impl Translation<'_> {
    fn run(&mut self) {
        while let Some(c) = self.chars.next() {
            match c {
                '\\' => self.escape(),
                '[' => self.set(),
                '{' => self.brace(),
                '}' => self.out.push_str(r"\}"),
                '(' => self.group(),
                '$' if !self.flags.multi_line => self.out.push_str(r"(?=\n?\z)"),
                '#' if self.flags.verbose => {
                    while self.chars.next().is_some_and(|it| it != '\n') {}
                }
                c if self.flags.verbose && c.is_ascii_whitespace() => {}
                c => self.out.push(c),
            }
        }
    }

    /// Outside of sets. Ours knows more letters than Python (`\<`, `\h`), so punctuation loses its backslash where it may.
    fn escape(&mut self) {
        match self.chars.next() {
            Some('Z') => self.out.push_str(r"\z"),
            Some(c) if c.is_ascii_alphanumeric() => self.out.extend(['\\', c]),
            Some(c) => push_literal(&mut self.out, c),
            None => self.out.push('\\'),
        }
    }

    fn set(&mut self) {
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.chars.next_if_eq(&']').is_some() {
            self.out.push_str(r"\]");
        }
        while let Some(c) = self.chars.next() {
            match c {
                ']' => {
                    self.out.push(']');
                    return;
                }
                '\\' => match self.chars.next() {
                    Some('b') => self.out.push_str(r"\x08"),
                    Some(c) => self.out.extend(['\\', c]),
                    None => self.out.push('\\'),
                },
                '[' | '&' | '~' => self.out.extend(['\\', c]),
                c => self.out.push(c),
            }
        }
    }

    /// A brace is a repetition only if it is written as one in full.
    fn brace(&mut self) {
        let mut ahead = self.chars.clone();
        let written: String = std::iter::from_fn(|| ahead.next_if(|it| *it != '}')).collect();
        let (low, high) = written.split_once(',').unwrap_or((&written, &written));
        let are_numbers = [low, high]
            .iter()
            .all(|it| it.bytes().all(|digit| digit.is_ascii_digit()));
        if written.is_empty() || !are_numbers || ahead.next().is_none() {
            self.out.push_str(r"\{");
            return;
        }
        self.chars = ahead;
        self.out.push('{');
        self.out.push_str(if low.is_empty() { "0" } else { low });
        if written.contains(',') {
            self.out.push(',');
            self.out.push_str(high);
        }
        self.out.push('}');
    }

    fn group(&mut self) {
        let mut ahead = self.chars.clone();
        let opening: String = ahead.by_ref().take(3).collect();
        if opening.starts_with("?#") {
            while self.chars.next().is_some_and(|it| it != ')') {}
        } else if opening == "?P=" {
            let name: String = ahead.by_ref().take_while(|it| *it != ')').collect();
            let _ = write!(self.out, r"\k<{name}>");
            self.chars = ahead;
        } else {
            self.out.push('(');
            // `?` and what belongs to it is no text, so that the next character is not looked at
            if self.chars.next_if_eq(&'?').is_some() {
                self.out.push('?');
            }
        }
    }
}

/// A character that stands for itself.
fn push_literal(out: &mut String, c: char) {
    if r"\.+*?()|[]{}^$".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::{Flags, translated};

    fn check(pattern: &str, expected: &str) {
        assert_eq!(translated(pattern, Flags::default()).text, expected);
    }

    #[test]
    fn a_brace_that_is_no_repetition_stands_for_itself() {
        check(r"({{\s*ref)", r"(\{\{\s*ref)");
        check("a{2}b{,3}c{1,}d{}", r"a{2}b{0,3}c{1,}d\{\}");
        check("a{x}{", r"a\{x\}\{");
    }

    #[test]
    fn verbose_leaves_sets_alone() {
        check("(?ix) a [ #] \\  # a comment ]\n b", "a[ #] b");
    }

    #[test]
    fn sets_do_not_nest() {
        check(r"[[a&&b~]", r"[\[a\&\&b\~]");
        check("[]a]", r"[\]a]");
        check(r"[^\]\b]", r"[^\]\x08]");
    }

    #[test]
    fn ends_of_the_text() {
        check(r"a\Z|b$", r"a\z|b(?=\n?\z)");
        check("(?m)b$", "b$");
    }

    #[test]
    fn groups() {
        check(
            "(?P<q>['\"])x(?P=q)(?#why)(?:y)",
            "(?P<q>['\"])x\\k<q>(?:y)",
        );
        check(r"\<\'\-\.", r"<'-\.");
    }
}
