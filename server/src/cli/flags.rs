//! dbt's flags as a table: name, short form, variable of the environment, what it takes, which commands it is for.

/// What a flag takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Nothing; `has_no` means that `--no-...` exists.
    Bool { default: Option<bool>, has_no: bool },
    /// One value.
    Text { default: Option<&'static str> },
    /// One of these.
    Choice {
        choices: &'static [&'static str],
        default: Option<&'static str>,
    },
    /// Several values.
    List,
}

/// A flag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flag {
    /// Without the dashes in front.
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) short: Option<char>,
    pub(crate) env: Option<&'static str>,
    pub(crate) kind: Kind,
    /// The commands it is for; all of them where this is empty.
    pub(crate) commands: &'static [&'static str],
    /// dbt has it and we do not: an error where it is given.
    pub(crate) is_unsupported: bool,
    pub(crate) help: &'static str,
}

impl Flag {
    pub(crate) fn value_name(&self) -> String {
        self.name.to_ascii_uppercase().replace('-', "_")
    }

    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            short: None,
            env: None,
            kind,
            commands: &[],
            is_unsupported: false,
            help,
        }
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn env(mut self, name: &'static str) -> Self {
        self.env = Some(name);
        self
    }

    const fn only(mut self, commands: &'static [&'static str]) -> Self {
        self.commands = commands;
        self
    }

    const fn unsupported(mut self) -> Self {
        self.is_unsupported = true;
        self
    }
}

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

const SELECTING: &[&str] = &["build", "run", "test", "seed", "compile", "show", "list"];
const REFRESHING: &[&str] = &["build", "run", "seed", "compile", "show"];
const RESOURCES: &[&str] = &["build", "test", "list"];

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
        .only(&["build", "run", "compile"]),
    Flag::new("show", OFF_PLAIN, "Show some rows of what was loaded").only(&["seed"]),
    Flag::new("inline", TEXT, "A query instead of a node").only(&["show", "compile"]),
    Flag::new(
        "limit",
        Kind::Text { default: Some("5") },
        "How many rows; -1 for all",
    )
    .only(&["show"]),
    Flag::new(
        "output",
        Kind::Choice {
            choices: &["json", "name", "path", "selector", "text"],
            default: None,
        },
        "The form of the output",
    )
    .only(&["list", "show", "compile"]),
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
            choices: &["debug", "info", "warn", "error", "none"],
            default: Some("info"),
        },
        "How much to tell",
    )
    .env("DBT_LOG_LEVEL"),
    Flag::new(
        "log-format",
        Kind::Choice {
            choices: &["text", "json", "default", "debug"],
            default: Some("default"),
        },
        "Lines for people, or a JSON object each",
    )
    .env("DBT_LOG_FORMAT"),
    Flag::new("log-path", TEXT, "Where the log file goes").env("DBT_LOG_PATH"),
    Flag::new("debug", OFF, "Tell everything")
        .short('d')
        .env("DBT_DEBUG"),
    Flag::new("quiet", OFF, "Only errors")
        .short('q')
        .env("DBT_QUIET"),
    Flag::new("print", ON, "Show what `print()` says").env("DBT_PRINT"),
    Flag::new("use-colors", UNSET, "Colours").env("DBT_USE_COLORS"),
    Flag::new("write-json", ON, "Write artifacts").env("DBT_WRITE_JSON"),
    Flag::new(
        "introspect",
        ON,
        "Let templates ask the warehouse while compiling",
    )
    .env("DBT_INTROSPECT"),
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
    Flag::new("warn-error-options", TEXT, "Which warnings are errors")
        .env("DBT_WARN_ERROR_OPTIONS")
        .unsupported(),
    Flag::new(
        "defer",
        UNSET,
        "Read what is not selected from another environment",
    )
    .env("DBT_DEFER")
    .unsupported(),
    Flag::new("favor-state", UNSET, "Prefer the other environment")
        .env("DBT_FAVOR_STATE")
        .unsupported(),
    Flag::new("state", TEXT, "Artifacts to compare with")
        .env("DBT_STATE")
        .unsupported(),
    Flag::new("defer-state", TEXT, "Artifacts to defer to")
        .env("DBT_DEFER_STATE")
        .unsupported(),
    Flag::new("sample", TEXT, "Read a window of time")
        .env("DBT_SAMPLE")
        .unsupported(),
    Flag::new("event-time-start", TEXT, "Microbatches from here")
        .env("DBT_EVENT_TIME_START")
        .unsupported(),
    Flag::new("event-time-end", TEXT, "Microbatches up to here")
        .env("DBT_EVENT_TIME_END")
        .unsupported(),
    Flag::new("add-package", TEXT, "Add a package").unsupported(),
    Flag::new("lock", OFF_PLAIN, "Only write package-lock.yml").unsupported(),
    Flag::new("upgrade", OFF_PLAIN, "Take newer versions").unsupported(),
];
