//! What is known of a flag: name, short form, variable of the environment, what it takes, which commands it is for. All
//! of dbt's flags are in `table`.

mod table;

pub(crate) use table::FLAGS;

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
    /// Another short form.
    pub(crate) short_alias: Option<char>,
    pub(crate) env: Option<&'static str>,
    pub(crate) kind: Kind,
    /// The commands it is for; all of them where this is empty.
    pub(crate) commands: &'static [&'static str],
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
            short_alias: None,
            env: None,
            kind,
            commands: &[],
            help,
        }
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn short_alias(mut self, short: char) -> Self {
        self.short_alias = Some(short);
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
}

/// The name that a variable of the environment had before.
pub(crate) fn old_env(name: &str) -> Option<&'static str> {
    match name {
        "DBT_DEFER" => Some("DBT_DEFER_TO_STATE"),
        "DBT_FAVOR_STATE" => Some("DBT_FAVOR_STATE_MODE"),
        "DBT_STATE" => Some("DBT_ARTIFACT_STATE_PATH"),
        "DBT_PRINT" => Some("DBT_NO_PRINT"),
        _ => None,
    }
}
