//! The command line: dbt's commands and flags, before or after the command, with their variables of the environment.
//!
//! The flags are a table (`flags`); this file turns it into clap's commands and reads the answer back. Every flag is
//! global to clap, so `dagsmith --target ci build` and `dagsmith build --target ci` are the same; which commands a flag
//! is for is checked afterwards, so that a flag is never silently ignored.

mod commands;
mod flags;
pub(crate) mod project_flags;
#[cfg(test)]
mod recorded;
mod repeat;

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use serde_json::{Map, Value};

pub(crate) use flags::{FLAGS, Flag, Kind};

/// What the user asked for.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    /// `build`, `docs generate`, ...
    pub(crate) command: &'static str,
    /// Of `run-operation MACRO` and `init NAME`.
    pub(crate) positional: Vec<String>,
    /// Every flag that has a value, given or by default, under dbt's name with underscores.
    values: Map<String, Value>,
    /// Those of them that nobody asked for.
    by_default: BTreeSet<String>,
    /// As typed, for artifacts.
    pub(crate) line: String,
}

impl Invocation {
    /// From the arguments; an error is clap's, which also covers `--help`.
    pub(crate) fn parse(args: Vec<String>) -> Result<Self, clap::Error> {
        let line = args.join(" ");
        let matches = command().try_get_matches_from(commands::with_own_shorts(args))?;
        let (command, sub) = match commands::given(&matches) {
            Some(given) => given,
            None if matches.get_flag("version_flag") => (&commands::VERSION, &matches),
            None => {
                return Err(command().error(
                    clap::error::ErrorKind::MissingSubcommand,
                    "no command given; `dagsmith --help` lists them",
                ));
            }
        };
        let positional = if command.positional.is_some() {
            sub.get_many::<String>("positional")
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        } else {
            Vec::new()
        };
        let command = command.name;
        let mut values = Map::new();
        let mut by_default = BTreeSet::new();
        for flag in FLAGS {
            let name = flag.name.replace('-', "_");
            if !is_asked_for(sub, flag) {
                by_default.insert(name.clone());
            }
            if let Some(value) = read(sub, flag) {
                check_command(flag, command, sub)?;
                values.insert(name, value);
            }
        }
        Ok(Self {
            command,
            positional,
            values,
            by_default,
            line,
        })
    }

    /// Takes what nobody asked for from the project's `flags:`.
    #[must_use]
    pub(crate) fn with_project_flags(mut self, flags: Map<String, Value>) -> Self {
        for (name, value) in flags {
            let value = match value {
                Value::Number(number) => Value::from(number.to_string()),
                other => other,
            };
            if self.by_default.contains(&name) || !self.values.contains_key(&name) {
                self.values.insert(name, value);
            }
        }
        self
    }

    /// dbt's `which`: the last word of the command.
    pub(crate) fn which(&self) -> &'static str {
        let last = self.command.rsplit(' ').next();
        last.unwrap_or(self.command)
    }

    /// A boolean flag.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.values
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// A boolean flag that may not have been given.
    pub(crate) fn given(&self, name: &str) -> Option<bool> {
        self.values.get(name).and_then(Value::as_bool)
    }

    /// A flag with one value.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str)
    }

    /// A flag with several values.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let items = self.values.get(name).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// All flags with their values, for artifacts and templates.
    pub(crate) fn values(&self) -> &Map<String, Value> {
        &self.values
    }
}

fn command() -> Command {
    let mut command = Command::new("dagsmith")
        .about("Builds SQL+Jinja projects and serves them to editors")
        .subcommand_required(false)
        .arg(
            Arg::new("version_flag")
                .long("version")
                .short('V')
                .visible_short_alias('v')
                .action(ArgAction::SetTrue)
                .help("Show the version"),
        )
        .disable_version_flag(true);
    for flag in FLAGS {
        command = command.args(args(flag));
    }
    commands::add_to(command)
}

/// A flag as clap's arguments: two for a boolean with a `--no-` form.
fn args(flag: &'static Flag) -> Vec<Arg> {
    let mut arg = Arg::new(flag.name)
        .long(flag.name)
        .global(true)
        .help(flag.help);
    if let Some(short) = flag.short {
        arg = arg.short(short);
    }
    if let Some(short) = flag.short_alias {
        arg = arg.visible_short_alias(short);
    }
    for alias in flag.aliases {
        arg = arg.visible_alias(*alias);
    }
    match flag.kind {
        Kind::Bool { has_no, .. } => {
            let no = format!("no-{}", flag.name);
            let yes = arg.action(ArgAction::SetTrue);
            if !has_no {
                return vec![yes];
            }
            let yes = yes.overrides_with(no.clone());
            let no = Arg::new(no.clone())
                .long(no)
                .global(true)
                .action(ArgAction::SetTrue)
                .overrides_with(flag.name)
                .hide(true);
            vec![yes, no]
        }
        Kind::Text { .. } => vec![arg.action(ArgAction::Set).value_name(flag.value_name())],
        Kind::Choice { choices, .. } => {
            vec![arg.action(ArgAction::Set).value_parser(choices.to_vec())]
        }
        Kind::List => vec![
            arg.action(ArgAction::Append)
                .num_args(1..)
                .value_name(flag.value_name()),
        ],
    }
}

/// On the line, or by a variable of the environment.
fn is_asked_for(matches: &ArgMatches, flag: &Flag) -> bool {
    let no = format!("no-{}", flag.name);
    let has_no = matches!(flag.kind, Kind::Bool { has_no: true, .. });
    from_env(flag).is_some() || is_typed(matches, flag.name) || (has_no && is_typed(matches, &no))
}

/// What the environment says of a flag: `DBT_ENGINE_...`, `DBT_...`, or the name that the variable had before.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment comes in"
)]
fn from_env(flag: &Flag) -> Option<String> {
    let name = flag.env?;
    let engine = format!("DBT_ENGINE_{}", name.trim_start_matches("DBT_"));
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let old = || {
        let old = flags::old_env(name)?;
        let value = read(old)?;
        Some(match old {
            // The old variable said the opposite.
            "DBT_NO_PRINT" if is_true(&value) => "false".to_owned(),
            "DBT_NO_PRINT" => "true".to_owned(),
            _ => value,
        })
    };
    read(&engine).or_else(|| read(name)).or_else(old)
}

/// Whether a variable of the environment is one of a flag's, under its newer name.
pub(crate) fn is_variable(name: &str) -> bool {
    // Beside the flags: https://docs.getdbt.com/reference/global-configs/about-global-configs
    let others = [
        "INVOCATION_ENV",
        "RECORDED_FILE_PATH",
        "PACKAGE_HUB_URL",
        "DOWNLOAD_DIR",
    ];
    let known = FLAGS.iter().filter_map(|flag| flag.env);
    let mut known = known
        .map(|name| name.trim_start_matches("DBT_"))
        .chain(others);
    let short = name.strip_prefix("DBT_ENGINE_");
    short.is_some_and(|short| known.any(|known| known == short))
}

/// A boolean as the environment has it.
fn is_true(value: &str) -> bool {
    ["1", "t", "true", "y", "yes", "on"].contains(&value.to_ascii_lowercase().as_str())
}

fn is_typed(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// The value of a flag: from the line, else from the environment, else its default.
fn read(matches: &ArgMatches, flag: &Flag) -> Option<Value> {
    let env = || from_env(flag);
    match flag.kind {
        Kind::Bool { default, has_no } => {
            if is_typed(matches, flag.name) && matches.get_flag(flag.name) {
                return Some(true.into());
            }
            let no = format!("no-{}", flag.name);
            if has_no && is_typed(matches, &no) && matches.get_flag(&no) {
                return Some(false.into());
            }
            let from_env = env().map(|value| is_true(&value));
            from_env.or(default).map(Value::from)
        }
        Kind::Text { default } | Kind::Choice { default, .. } => {
            let typed = matches.get_one::<String>(flag.name).cloned();
            typed
                .or_else(env)
                .or(default.map(str::to_owned))
                .map(Value::from)
        }
        Kind::List => {
            let typed: Vec<String> = matches
                .get_many::<String>(flag.name)
                .into_iter()
                .flatten()
                .cloned()
                .collect();
            let words = if typed.is_empty() {
                env().map(|value| vec![value]).unwrap_or_default()
            } else {
                typed
            };
            (!words.is_empty()).then(|| Value::from(words))
        }
    }
}

/// A flag that this command has no use for is an error rather than ignored.
fn check_command(flag: &Flag, command_name: &str, matches: &ArgMatches) -> Result<(), clap::Error> {
    let no = format!("no-{}", flag.name);
    let has_no = matches!(flag.kind, Kind::Bool { has_no: true, .. });
    let is_given = is_typed(matches, flag.name) || (has_no && is_typed(matches, &no));
    if !is_given {
        return Ok(());
    }
    if flag.commands.is_empty() || flag.commands.contains(&command_name) {
        let outputs: &[&str] = match command_name {
            "list" => &["json", "name", "path", "selector"],
            "show" | "compile" => &["json", "text"],
            _ => &[],
        };
        let value = matches.try_get_one::<String>(flag.name).ok().flatten();
        return match value {
            Some(value)
                if flag.name == "output"
                    && !outputs.is_empty()
                    && !outputs.contains(&value.as_str()) =>
            {
                let message = format!(
                    "`{command_name}` has no output `{value}`; it has: {}",
                    outputs.join(", ")
                );
                Err(command().error(clap::error::ErrorKind::InvalidValue, message))
            }
            _ => Ok(()),
        };
    }
    let message = format!(
        "`--{}` means nothing to `dagsmith {command_name}`; it is for: {}",
        flag.name,
        flag.commands.join(", ")
    );
    Err(command().error(clap::error::ErrorKind::UnknownArgument, message))
}

#[cfg(test)]
mod tests {
    use super::Invocation;
    use expect_test::{Expect, expect};

    fn check(line: &str, name: &str, expected: &Expect) {
        let args = format!("dagsmith {line}")
            .split(' ')
            .map(str::to_owned)
            .collect();
        let shown = match Invocation::parse(args) {
            Ok(invocation) => format!("{} {:?}", invocation.command, invocation.values.get(name)),
            Err(error) => error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn flags_go_before_or_after_the_command() {
        check(
            "--target ci build",
            "target",
            &expect![[r#"build Some(String("ci"))"#]],
        );
        check(
            "build --target ci",
            "target",
            &expect![[r#"build Some(String("ci"))"#]],
        );
    }

    #[test]
    fn the_last_of_a_flag_and_its_no_form_wins() {
        check(
            "build --fail-fast --no-fail-fast",
            "fail_fast",
            &expect!["build Some(Bool(false))"],
        );
        check(
            "build --no-fail-fast -x",
            "fail_fast",
            &expect!["build Some(Bool(true))"],
        );
    }

    #[test]
    fn selections_take_several_words() {
        check(
            "run -s a+ tag:b --exclude c",
            "select",
            &expect![[r#"run Some(Array [String("a+"), String("tag:b")])"#]],
        );
        check(
            "ls --models a",
            "select",
            &expect![[r#"list Some(Array [String("a")])"#]],
        );
    }

    #[test]
    fn a_flag_of_another_command_is_an_error() {
        check(
            "clean --full-refresh",
            "full_refresh",
            &expect![
                "error: `--full-refresh` means nothing to `dagsmith clean`; it is for: build, run, seed, compile, show, retry, clone"
            ],
        );
    }
}
