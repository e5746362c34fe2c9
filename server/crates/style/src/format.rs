//! The formatter: lays a text out until nothing changes any more, and takes the result only if it means the same.

use base::SourceRange;
use jinja::Template;

use crate::{
    config::StyleConfig,
    items::{Items, Trouble},
    layout::layout,
    meaning::difference,
};

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    /// The new text; `None` where it is as it should be, or is left alone.
    pub text: Option<String>,
    /// What was left as it is.
    pub left_alone: Vec<LeftAlone>,
}

/// A place that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftAlone {
    /// Where.
    pub range: SourceRange,
    /// Why, for people.
    pub reason: String,
}

/// What a layout does in one go, another leaves as it is; lines that come to fit may need a second.
const MAX_ROUNDS: usize = 5;

/// Format a template of SQL. Text that is broken is left alone, and so is what would come to mean something else.
pub fn format(text: &str, config: &StyleConfig) -> Formatted {
    let unix = text.replace("\r\n", "\n");
    let (body, has_mark) = match unix.strip_prefix('\u{feff}') {
        Some(body) => (body, true),
        None => (unix.as_str(), false),
    };
    match settled(body, config) {
        Err(trouble) => Formatted {
            text: None,
            left_alone: vec![placed(trouble, text)],
        },
        Ok((formatted, troubles)) => {
            let left_alone = troubles.into_iter().map(|it| placed(it, text)).collect();
            let mut formatted = if text.contains("\r\n") {
                formatted.replace('\n', "\r\n")
            } else {
                formatted
            };
            if has_mark {
                formatted.insert(0, '\u{feff}');
            }
            Formatted {
                text: (formatted != text).then_some(formatted),
                left_alone,
            }
        }
    }
}

/// A place in the text as it came in: with its mark and its line ends.
fn placed(trouble: Trouble, text: &str) -> LeftAlone {
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let original = |offset: u32| {
        let mut without = mark;
        let bytes = text.bytes().enumerate().skip(mark as usize);
        for (at, byte) in bytes {
            if without == offset + mark {
                return at as u32;
            }
            let is_dropped = byte == b'\r' && text.as_bytes().get(at + 1) == Some(&b'\n');
            without += u32::from(!is_dropped);
        }
        text.len() as u32
    };
    LeftAlone {
        range: SourceRange::new(original(trouble.range.start), original(trouble.range.end)),
        reason: trouble.reason,
    }
}

fn settled(text: &str, config: &StyleConfig) -> Result<(String, Vec<Trouble>), Trouble> {
    let mut current = text.to_owned();
    let mut troubles = None;
    for _ in 0..MAX_ROUNDS {
        let (next, found) = once(&current, config)?;
        // Places are those of the text that came in.
        troubles.get_or_insert(found);
        if next == current {
            return Ok((current, troubles.unwrap_or_default()));
        }
        current = next;
    }
    Err(Trouble {
        range: SourceRange::at(0),
        reason: "its layout does not settle".to_owned(),
    })
}

fn once(text: &str, config: &StyleConfig) -> Result<(String, Vec<Trouble>), Trouble> {
    if let Some(at) = text.find('\u{feff}') {
        return Err(Trouble {
            range: SourceRange::from_usize(at, at + '\u{feff}'.len_utf8()),
            reason: "it has the mark of an encoding in the middle".to_owned(),
        });
    }
    let template = Template::parse(text);
    if let Some(error) = template.errors.first() {
        return Err(Trouble {
            range: error.range,
            reason: error.message.clone(),
        });
    }
    let items = Items::read(text, &template, config.dialect);
    if let Some(trouble) = items.trouble.clone() {
        return Err(trouble);
    }
    let (laid_out, troubles) = layout(&items, config);
    let after = Template::parse(&laid_out);
    let after = Items::read(&laid_out, &after, config.dialect);
    if let Some(idx) = difference(&items, &after) {
        let range = items.get(idx).map_or(items.tail, |item| item.range);
        return Err(Trouble {
            range,
            reason: "its tokens would not stay the same".to_owned(),
        });
    }
    Ok((laid_out, troubles))
}

#[cfg(test)]
mod tests;
