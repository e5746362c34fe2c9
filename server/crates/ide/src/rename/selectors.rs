//! Names of nodes in selectors.yml.

use analysis::{Project, source::yaml};
use base::SourceRange;
use project::yaml::{Shape, YamlNode};

use crate::{
    rename::{Renaming, edits::Edits},
    world::Here,
};

/// `orders`, `+orders`, `fqn:shop.orders` and `{method: fqn, value: orders}`.
pub(super) fn rename_node(project: Project, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    for file in project.other_files(world.db).iter().copied() {
        let is_selectors = &**file.path(world.db) == "selectors.yml";
        let package = project.packages(world.db).first().copied();
        let (true, Some(package)) = (is_selectors, package) else {
            continue;
        };
        let text = file.text(world.db);
        let mut places = Vec::new();
        let tree = yaml(world.db, file);
        if let Some(selectors) = tree.0.root().get("selectors") {
            for selector in selectors.items() {
                if let Some(definition) = selector.get("definition") {
                    walk(text, definition, &edits.old, &mut places);
                }
            }
        }
        let there = Here {
            project,
            package,
            file,
        };
        for place in places {
            let new = edits.new.clone();
            edits.write(&there, place, new)?;
        }
    }
    Ok(())
}

fn walk(text: &str, node: YamlNode<'_>, name: &str, places: &mut Vec<SourceRange>) {
    match node.shape() {
        Shape::Scalar => in_criteria(text, node.range(), name, places),
        Shape::Sequence => {
            for item in node.items() {
                walk(text, item, name, places);
            }
        }
        Shape::Mapping => {
            let method = node.get("method").and_then(YamlNode::as_text);
            for (key, value) in node.written_entries() {
                match (key.as_text(), method) {
                    (Some("value"), Some("fqn"))
                    | (Some("fqn" | "union" | "intersection" | "exclude"), _) => {
                        walk(text, value, name, places);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// `2+orders+, tag:nightly`: each word, without its operators and method.
fn in_criteria(text: &str, range: SourceRange, name: &str, places: &mut Vec<SourceRange>) {
    let written = range.of(text);
    let mut at = 0;
    for word in written.split([' ', ',', '\'', '"']) {
        let start = at;
        at += word.len() + 1;
        let bare = word.trim_start_matches('@');
        let bare = bare
            .split_once('+')
            .filter(|(depth, _)| depth.chars().all(|c| c.is_ascii_digit()))
            .map_or(bare, |(_, rest)| rest);
        let bare = bare.split_once('+').map_or(bare, |(bare, _)| bare);
        let bare = bare.strip_prefix("fqn:").unwrap_or(bare);
        let is_it = bare == name || (!bare.contains(':') && bare.rsplit('.').next() == Some(name));
        if is_it && let Some(within) = word.rfind(bare) {
            let start = range.start as usize + start + within + bare.len() - name.len();
            places.push(SourceRange::from_usize(start, start + name.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_out_of_their_operators() {
        let find = |text: &str| {
            let mut places = Vec::new();
            let all = SourceRange::from_usize(0, text.len());
            in_criteria(text, all, "a", &mut places);
            let starts: Vec<u32> = places.iter().map(|place| place.start).collect();
            starts
        };
        assert_eq!(find("a"), [0]);
        assert_eq!(find("2+a+1,@a tag:a"), [2, 7]);
        assert_eq!(find("fqn:shop.a b.a+"), [9, 13]);
        assert_eq!(find("+b source:a ab"), [0_u32; 0]);
    }
}
