//! All flags that dbt has, and ours.

use super::{Flag, Kind};

const ON: Kind = Kind::Bool {
    default: Some(true),
    has_no: true,
};
const OFF: Kind = Kind::Bool {
    default: Some(false),
    has_no: true,
};
const OFF_PLAIN: Kind = Kind::Bool {
    default: Some(false),
    has_no: false,
};
const UNSET: Kind = Kind::Bool {
    default: None,
    has_no: true,
};
const TEXT: Kind = Kind::Text { default: None };
const LEVELS: &[&str] = &["debug", "info", "warn", "error", "none"];
const FORMATS: &[&str] = &["text", "json", "default", "debug"];

const SELECTING: &[&str] = &[
    "build",
    "run",
    "test",
    "seed",
    "snapshot",
    "compile",
    "show",
    "list",
    "clone",
    "docs generate",
    "source freshness",
    "format",
    "lineage",
    "lint",
];
const REFRESHING: &[&str] = &["build", "run", "seed", "compile", "show", "retry", "clone"];
const RESOURCES: &[&str] = &["build", "test", "list", "clone"];
const BATCHED: &[&str] = &["build", "run"];

/// All flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::new("project-dir", TEXT, "The folder of dbt_project.yml").env("DBT_PROJECT_DIR"),
    Flag::new("profiles-dir", TEXT, "The folder of profiles.yml").env("DBT_PROFILES_DIR"),
    Flag::new("profile", TEXT, "The profile, if not the project's").env("DBT_PROFILE"),
    Flag::new("target", TEXT, "The target of the profile")
        .short('t')
        .env("DBT_TARGET"),
    Flag::new("target-path", TEXT, "Where artifacts go").env("DBT_TARGET_PATH"),
    Flag::new(
        "vars",
        Kind::Text {
            default: Some("{}"),
        },
        "Variables, as YAML",
    ),
    Flag::new("threads", TEXT, "How many nodes may run at once"),
    Flag::new("select", Kind::List, "Which resources to take")
        .short('s')
        .short_alias('m')
        .aliases(&["models", "model"])
        .only(SELECTING),
    Flag::new("exclude", Kind::List, "Which resources to leave out").only(SELECTING),
    Flag::new("selector", TEXT, "A selector of selectors.yml").only(SELECTING),
    Flag::new(
        "indirect-selection",
        Kind::Choice {
            choices: &["eager", "cautious", "buildable", "empty"],
            default: Some("eager"),
        },
        "Which tests come along with what they test",
    )
    .env("DBT_INDIRECT_SELECTION"),
    Flag::new("resource-type", Kind::List, "Only these kinds of resources")
        .aliases(&["resource-types"])
        .env("DBT_RESOURCE_TYPES")
        .only(RESOURCES),
    Flag::new("exclude-resource-type", Kind::List, "All but these kinds")
        .aliases(&["exclude-resource-types"])
        .env("DBT_EXCLUDE_RESOURCE_TYPES")
        .only(RESOURCES),
    Flag::new(
        "full-refresh",
        OFF_PLAIN,
        "Make incremental models and seeds anew",
    )
    .short('f')
    .env("DBT_FULL_REFRESH")
    .only(REFRESHING),
    Flag::new("fail-fast", OFF, "Stop at the first failure")
        .short('x')
        .env("DBT_FAIL_FAST"),
    Flag::new("store-failures", OFF_PLAIN, "Keep the rows that tests find")
        .env("DBT_STORE_FAILURES")
        .only(&["build", "test"]),
    Flag::new("empty", OFF, "Read relations without their rows")
        .env("DBT_EMPTY")
        .only(&["build", "run", "compile", "snapshot"]),
    Flag::new("show", OFF_PLAIN, "Show some rows of what was loaded").only(&["build", "seed"]),
    Flag::new("inline", TEXT, "A query instead of a node").only(&["show", "compile"]),
    Flag::new("inline-direct", TEXT, "A query without templates").only(&["show"]),
    Flag::new(
        "inject-ephemeral-ctes",
        ON,
        "Put ephemeral models in front of what reads them",
    )
    .only(&["compile"]),
    Flag::new(
        "limit",
        Kind::Text { default: Some("5") },
        "How many rows; -1 for all",
    )
    .only(&["show"]),
    Flag::new(
        "output",
        TEXT,
        "The form of the output; of source freshness, its file",
    )
    .short('o')
    .only(&["list", "show", "compile", "source freshness", "lineage"]),
    Flag::new("columns", OFF_PLAIN, "Columns instead of nodes").only(&["lineage"]),
    Flag::new("column", TEXT, "One column alone: MODEL.COLUMN").only(&["lineage"]),
    Flag::new(
        "direction",
        Kind::Choice {
            choices: &["up", "down"],
            default: Some("up"),
        },
        "What a column comes from, or what is made of it",
    )
    .only(&["lineage"]),
    Flag::new(
        "format",
        Kind::Choice {
            choices: &["text", "json", "sarif", "github", "gitlab"],
            default: Some("text"),
        },
        "The form of what is wrong",
    )
    .only(&["check", "lint"]),
    Flag::new(
        "binder",
        OFF_PLAIN,
        "Of a DuckDB target, ask an in-memory DuckDB about each query, too",
    )
    .only(&["check"]),
    Flag::new(
        "check",
        OFF_PLAIN,
        "Write nothing; fail where something would be",
    )
    .only(&["format"]),
    Flag::new("fix", OFF_PLAIN, "Mend what can be mended").only(&["lint"]),
    Flag::new("diff", OFF_PLAIN, "Write nothing; show what would be").only(&["format"]),
    Flag::new("output-keys", Kind::List, "Only these keys of a resource").only(&["list"]),
    Flag::new(
        "args",
        Kind::Text {
            default: Some("{}"),
        },
        "Arguments of the macro, as YAML",
    )
    .only(&["run-operation"]),
    Flag::new(
        "clean-project-files-only",
        ON,
        "Remove nothing outside of the project",
    )
    .env("DBT_CLEAN_PROJECT_FILES_ONLY")
    .only(&["clean"]),
    Flag::new("config-dir", OFF_PLAIN, "Tell where profiles are").only(&["debug"]),
    Flag::new("connection", OFF_PLAIN, "Check the connection alone").only(&["debug"]),
    Flag::new("skip-profile-setup", OFF_PLAIN, "Write no profile").only(&["init"]),
    Flag::new("warn-error", UNSET, "Warnings are errors").env("DBT_WARN_ERROR"),
    Flag::new(
        "log-level",
        Kind::Choice {
            choices: LEVELS,
            default: Some("info"),
        },
        "How much to tell",
    )
    .env("DBT_LOG_LEVEL"),
    Flag::new(
        "log-format",
        Kind::Choice {
            choices: FORMATS,
            default: Some("default"),
        },
        "Lines for people, or a JSON object each",
    )
    .env("DBT_LOG_FORMAT"),
    Flag::new(
        "metrics-file",
        TEXT,
        "Write how the command went into this file, as numbers",
    )
    .env("DAGSMITH_METRICS_FILE"),
    Flag::new(
        "metrics-format",
        Kind::Choice {
            choices: &["prometheus", "otlp"],
            default: Some("prometheus"),
        },
        "The form of the metrics file",
    ),
    Flag::new("log-path", TEXT, "Where the log file goes").env("DBT_LOG_PATH"),
    Flag::new(
        "log-level-file",
        Kind::Choice {
            choices: LEVELS,
            default: Some("debug"),
        },
        "How much the log file has",
    )
    .env("DBT_LOG_LEVEL_FILE"),
    Flag::new(
        "log-format-file",
        Kind::Choice {
            choices: FORMATS,
            default: Some("debug"),
        },
        "Lines for people in the log file, or a JSON object each",
    )
    .env("DBT_LOG_FORMAT_FILE"),
    Flag::new(
        "log-file-max-bytes",
        Kind::Text {
            default: Some("10485760"),
        },
        "A log file of this size is set aside; 0 for no end",
    )
    .env("DBT_LOG_FILE_MAX_BYTES"),
    Flag::new("log-cache-events", OFF, "Log what is known of relations")
        .env("DBT_LOG_CACHE_EVENTS"),
    Flag::new("debug", OFF, "Tell everything")
        .short('d')
        .env("DBT_DEBUG"),
    Flag::new("quiet", OFF, "Only errors")
        .short('q')
        .env("DBT_QUIET"),
    Flag::new("print", ON, "Show what `print()` says").env("DBT_PRINT"),
    Flag::new("use-colors", UNSET, "Colours").env("DBT_USE_COLORS"),
    Flag::new(
        "use-colors-file",
        ON,
        "Colours in the log file; there are none",
    )
    .env("DBT_USE_COLORS_FILE"),
    Flag::new("write-json", ON, "Write artifacts").env("DBT_WRITE_JSON"),
    Flag::new(
        "introspect",
        ON,
        "Let templates ask the warehouse while compiling",
    )
    .env("DBT_INTROSPECT")
    .only(&["compile", "show"]),
    Flag::new("populate-cache", ON, "List what exists before a run").env("DBT_POPULATE_CACHE"),
    Flag::new(
        "cache-selected-only",
        OFF,
        "List only the schemas of what is selected",
    )
    .env("DBT_CACHE_SELECTED_ONLY"),
    Flag::new("partial-parse", ON, "Reuse what an earlier run has read").env("DBT_PARTIAL_PARSE"),
    Flag::new(
        "static-parser",
        ON,
        "Read simple models without rendering them",
    )
    .env("DBT_STATIC_PARSER"),
    Flag::new("single-threaded", OFF, "One node at a time").env("DBT_SINGLE_THREADED"),
    Flag::new("version-check", ON, "Check require-dbt-version").env("DBT_VERSION_CHECK"),
    Flag::new("send-anonymous-usage-stats", OFF, "Nothing is ever sent")
        .env("DBT_SEND_ANONYMOUS_USAGE_STATS"),
    Flag::new(
        "printer-width",
        Kind::Text {
            default: Some("80"),
        },
        "Width of a line",
    )
    .env("DBT_PRINTER_WIDTH"),
    Flag::new(
        "warn-error-options",
        TEXT,
        "Which warnings are errors, or not told: {error: all, warn: [NAME], silence: [NAME]}",
    )
    .env("DBT_WARN_ERROR_OPTIONS"),
    Flag::new(
        "defer",
        UNSET,
        "Read what is not selected from another environment",
    )
    .env("DBT_DEFER"),
    Flag::new("favor-state", UNSET, "Prefer the other environment").env("DBT_FAVOR_STATE"),
    Flag::new("state", TEXT, "Artifacts to compare with").env("DBT_STATE"),
    Flag::new("defer-state", TEXT, "Artifacts to defer to").env("DBT_DEFER_STATE"),
    Flag::new(
        "sample",
        TEXT,
        "Read a window of time: '3 days', or {start: 2024-01-01, end: 2024-01-31}",
    )
    .env("DBT_SAMPLE")
    .only(BATCHED),
    Flag::new("event-time-start", TEXT, "Microbatches from here")
        .env("DBT_EVENT_TIME_START")
        .only(BATCHED),
    Flag::new("event-time-end", TEXT, "Microbatches up to here")
        .env("DBT_EVENT_TIME_END")
        .only(BATCHED),
    Flag::new(
        "export-saved-queries",
        UNSET,
        "Make the exports of saved queries",
    )
    .env("DBT_EXPORT_SAVED_QUERIES")
    .only(&["build"]),
    Flag::new(
        "include-saved-query",
        UNSET,
        "Saved queries are part of a build",
    )
    .env("DBT_INCLUDE_SAVED_QUERY")
    .only(&["build"]),
    Flag::new(
        "show-all-deprecations",
        OFF,
        "Tell of every use of what is deprecated",
    ),
    Flag::new("show-resource-report", OFF, "Nothing here").env("DBT_SHOW_RESOURCE_REPORT"),
    Flag::new("macro-debugging", UNSET, "Nothing here").env("DBT_MACRO_DEBUGGING"),
    Flag::new("partial-parse-file-path", TEXT, "Nothing here").env("DBT_PARTIAL_PARSE_FILE_PATH"),
    Flag::new("partial-parse-file-diff", ON, "Nothing here").env("DBT_PARTIAL_PARSE_FILE_DIFF"),
    Flag::new("record-timing-info", TEXT, "Nothing here").short('r'),
    Flag::new("sqlparse", TEXT, "Nothing here").env("DBT_SQLPARSE"),
    Flag::new(
        "upload-to-artifacts-ingest-api",
        OFF,
        "Nothing is ever sent",
    )
    .env("DBT_UPLOAD_TO_ARTIFACTS_INGEST_API"),
    Flag::new("use-experimental-parser", UNSET, "Nothing here").env("DBT_USE_EXPERIMENTAL_PARSER"),
    Flag::new("use-fast-test-edges", OFF, "Nothing here").env("DBT_USE_FAST_TEST_EDGES"),
    Flag::new("compile", ON, "Compile the project first").only(&["docs generate"]),
    Flag::new("empty-catalog", OFF_PLAIN, "Ask the warehouse nothing").only(&["docs generate"]),
    Flag::new(
        "static",
        OFF_PLAIN,
        "Write static_index.html, too: one file with everything in it",
    )
    .only(&["docs generate"]),
    Flag::new(
        "host",
        Kind::Text {
            default: Some("127.0.0.1"),
        },
        "The address to listen at",
    )
    .env("DBT_HOST")
    .only(&["docs serve"]),
    Flag::new(
        "port",
        Kind::Text {
            default: Some("8080"),
        },
        "The port to listen at; 0 for any",
    )
    .only(&["docs serve"]),
    Flag::new("browser", ON, "Open a browser").only(&["docs serve"]),
    Flag::new(
        "add-package",
        TEXT,
        "Add NAME@VERSION to the packages file first",
    )
    .only(&["deps"]),
    Flag::new(
        "source",
        Kind::Choice {
            choices: &["hub", "git", "local"],
            default: Some("hub"),
        },
        "Where the package to add comes from",
    )
    .only(&["deps"]),
    Flag::new("lock", OFF_PLAIN, "Only write package-lock.yml").only(&["deps"]),
    Flag::new("upgrade", OFF_PLAIN, "Take newer versions").only(&["deps"]),
];
