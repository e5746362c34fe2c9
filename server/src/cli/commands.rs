//! The commands as a table, and as clap's: those of two words (`source freshness`) are commands of a group.

use clap::{Arg, ArgMatches, Command};

/// A command.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommandInfo {
    /// One word, or the group's and its own.
    pub(super) name: &'static str,
    /// dbt's other names of it.
    aliases: &'static [&'static str],
    about: &'static str,
    /// What follows it.
    pub(super) positional: Option<&'static str>,
}

/// Any number of files and folders.
const PATHS: &str = "PATHS";

const fn command(name: &'static str, about: &'static str) -> CommandInfo {
    CommandInfo {
        name,
        aliases: &[],
        about,
        positional: None,
    }
}

/// Shown by `--version`, too.
pub(super) const VERSION: CommandInfo = command("version", "Show the version");

const GROUPS: &[(&str, &str)] = &[
    ("docs", "Make or serve the documentation"),
    ("source", "Look at sources"),
];

const COMMANDS: &[CommandInfo] = &[
    command(
        "build",
        "Run seeds, models, snapshots and tests in the order of the graph",
    ),
    command("run", "Make models"),
    command("test", "Run tests"),
    command("seed", "Load CSV files"),
    command("snapshot", "Run snapshots"),
    CommandInfo {
        aliases: &["snapshot-freshness"],
        ..command("source freshness", "Tell how old the data of sources is")
    },
    command(
        "retry",
        "Do again what failed or was not reached in the last run",
    ),
    command(
        "clone",
        "Make the relations of another environment available in this one",
    ),
    command(
        "compile",
        "Write the SQL of models and tests without running them",
    ),
    command("show", "Run a query and show some of its rows"),
    CommandInfo {
        aliases: &["ls"],
        ..command("list", "Name the resources of the project")
    },
    command("parse", "Read the project and write its manifest"),
    command(
        "docs generate",
        "Write catalog.json and the page that shows it with the manifest",
    ),
    command("docs serve", "Show the documentation in a browser"),
    command("deps", "Install packages"),
    command("clean", "Remove what other commands have made"),
    command("debug", "Check the set-up: project, profile, connection"),
    CommandInfo {
        positional: Some("NAME"),
        ..command("init", "Start a project")
    },
    CommandInfo {
        positional: Some("MACRO"),
        ..command("run-operation", "Call a macro")
    },
    command(
        "check",
        "Tell what is wrong in the project, as an editor would",
    ),
    CommandInfo {
        positional: Some(PATHS),
        ..command(
            "format",
            "Lay out the SQL of files as the project's style is",
        )
    },
    command(
        "lineage",
        "Tell what reads what: nodes, or columns through the whole project",
    ),
    CommandInfo {
        positional: Some(PATHS),
        ..command(
            "lint",
            "Tell what the SQL of files has against the project's style",
        )
    },
    command("lsp", "Serve an editor over stdin and stdout"),
    VERSION,
];

/// The commands, added to the program's.
pub(super) fn add_to(mut program: Command) -> Command {
    for info in COMMANDS.iter().filter(|info| !info.name.contains(' ')) {
        program = program.subcommand(clap_command(info, info.name));
    }
    for (group, about) in GROUPS {
        let members: Vec<Command> = COMMANDS
            .iter()
            .filter_map(|info| {
                Some(clap_command(
                    info,
                    info.name.strip_prefix(group)?.strip_prefix(' ')?,
                ))
            })
            .collect();
        if !members.is_empty() {
            let group = Command::new(*group).about(*about).subcommand_required(true);
            program = program.subcommand(group.subcommands(members));
        }
    }
    program
}

fn clap_command(info: &CommandInfo, name: &'static str) -> Command {
    let mut command = Command::new(name).about(info.about).aliases(info.aliases);
    if let Some(placeholder) = info.positional {
        let arg = Arg::new("positional")
            .value_name(placeholder)
            .required(info.name == "run-operation");
        let takes_several = placeholder == PATHS;
        command = command.arg(if takes_several {
            arg.num_args(0..)
        } else {
            arg
        });
    }
    command
}

/// Which command was given, and what with it.
pub(super) fn given(matches: &ArgMatches) -> Option<(&'static CommandInfo, &ArgMatches)> {
    let (first, mut inner) = matches.subcommand()?;
    let mut name = first.to_owned();
    if let Some((second, innermost)) = inner.subcommand() {
        name = format!("{first} {second}");
        inner = innermost;
    }
    let info = COMMANDS.iter().find(|info| info.name == name)?;
    Some((info, inner))
}

/// The command with this name.
pub(super) fn name(name: &str) -> Option<&'static str> {
    COMMANDS
        .iter()
        .map(|info| info.name)
        .find(|known| *known == name)
}

/// Of `init`, `-s` is no selection.
pub(super) fn with_own_shorts(mut args: Vec<String>) -> Vec<String> {
    if args.iter().skip(1).any(|word| word == "init") {
        for word in args.iter_mut().filter(|word| *word == "-s") {
            "--skip-profile-setup".clone_into(word);
        }
    }
    args
}
