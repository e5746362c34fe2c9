//! The page that shows a project: one HTML file with its styles and scripts in it, so that it works wherever it is put.
//!
//! The sources are under `server/site`: modules that say what they import. They are joined here, in the order of need,
//! as a page opened from the disk may not import modules.

const TEMPLATE: &str = include_str!("../site/index.html");
const STYLE: &str = include_str!("../site/style.css");

/// Each after those it imports.
const MODULES: [&str; 8] = [
    include_str!("../site/text.js"),
    include_str!("../site/markdown.js"),
    include_str!("../site/sql.js"),
    include_str!("../site/project.js"),
    include_str!("../site/search.js"),
    include_str!("../site/layout.js"),
    include_str!("../site/graph.js"),
    include_str!("../site/app.js"),
];

/// The page, which asks for `manifest.json` and `catalog.json` beside it.
pub(crate) fn page() -> String {
    filled("", "")
}

/// The page with both artifacts in it.
pub(crate) fn static_page(manifest: &str, catalog: &str) -> String {
    filled(&inert(manifest), &inert(catalog))
}

fn filled(manifest: &str, catalog: &str) -> String {
    let script: String = MODULES.iter().map(|module| joined(module)).collect();
    let mut out =
        String::with_capacity(TEMPLATE.len() + script.len() + manifest.len() + catalog.len());
    let mut rest = TEMPLATE;
    for (mark, text) in [
        ("/*style*/", STYLE),
        ("/*manifest*/", manifest),
        ("/*catalog*/", catalog),
        ("/*script*/", &script),
    ] {
        let Some((before, after)) = rest.split_once(mark) else {
            continue;
        };
        out.push_str(before);
        out.push_str(text);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A module without what makes it one.
fn joined(module: &str) -> String {
    let lines = module.lines().filter(|line| !line.starts_with("import "));
    lines
        .map(|line| format!("{}\n", line.strip_prefix("export ").unwrap_or(line)))
        .collect()
}

/// JSON that does not end the element it stands in.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_one_file() {
        let page = page();
        for outside in ["import ", "export ", "src=", "@import", "url("] {
            assert!(
                !page
                    .lines()
                    .any(|line| line.trim_start().starts_with(outside)),
                "{outside}"
            );
        }
        assert!(!page.contains("/*script*/") && !page.contains("https://"));
    }

    #[test]
    fn artifacts_cannot_end_their_element() {
        let page = static_page(r#"{"x": "</script><script>evil()"}"#, "{}");
        assert!(page.contains(r"\u003c/script>\u003cscript>evil()"));
    }
}
