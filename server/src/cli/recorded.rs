//! Holds the command line to what was recorded of dbt's: every flag of every command, and the variables of the environment.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{FLAGS, Flag, Invocation, Kind};

struct Recorded {
    before: Vec<String>,
    everywhere: Vec<String>,
    of_some: BTreeMap<String, Vec<String>>,
    variables: BTreeMap<String, String>,
}

fn recorded() -> Recorded {
    let text = include_str!("../../../testdata/conformance/flags.json");
    let json: Value = serde_json::from_str(text).unwrap();
    let texts = |value: &Value| -> Vec<String> {
        let items = value.as_array().unwrap().iter();
        items.map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let entries = |name: &str| json[name].as_object().unwrap().iter();
    Recorded {
        before: texts(&json["before the command"]),
        everywhere: texts(&json["of every command"]),
        of_some: entries("of some")
            .map(|(command, flags)| (command.clone(), texts(flags)))
            .collect(),
        variables: entries("variables")
            .map(|(flag, name)| (flag.clone(), name.as_str().unwrap().to_owned()))
            .collect(),
    }
}

/// What stands for flags that end the program, and for dbt's own names of old variables, which are no flags.
fn is_apart(flag: &str) -> bool {
    matches!(flag, "--version" | "-V" | "-v") || flag.starts_with("--deprecated-")
}

fn meant(flag: &str) -> Option<&'static Flag> {
    let long = flag.trim_start_matches("--");
    let long = long.strip_prefix("no-").unwrap_or(long);
    let short = flag.strip_prefix('-').filter(|it| it.len() == 1);
    let short = short.and_then(|it| it.chars().next());
    let by_long = |it: &&Flag| it.name == long || it.aliases.contains(&long);
    let by_short = |it: &&Flag| it.short == short || it.short_alias == short;
    let mut flags = FLAGS.iter();
    if short.is_some() {
        flags.find(by_short)
    } else {
        flags.find(by_long)
    }
}

/// A flag, with a value if it takes one.
fn written(flag: &str) -> Vec<String> {
    let mut words = vec![flag.to_owned()];
    match meant(flag).map(|it| it.kind) {
        None | Some(Kind::Bool { .. }) => {}
        Some(Kind::Choice { choices, .. }) => words.push(choices[0].to_owned()),
        Some(Kind::Text { .. }) if flag == "--output" || flag == "-o" => {
            words.push("json".to_owned());
        }
        Some(Kind::Text { .. } | Kind::List) => words.push("x".to_owned()),
    }
    words
}

fn refusal(before: &[String], command: &str, after: &[String]) -> Option<String> {
    let positional: &[&str] = match command {
        "run-operation" => &["some_macro"],
        _ => &[],
    };
    let mut line = vec!["dagsmith".to_owned()];
    line.extend_from_slice(before);
    line.extend(
        command
            .split(' ')
            .chain(positional.iter().copied())
            .map(str::to_owned),
    );
    line.extend_from_slice(after);
    let shown = line.join(" ");
    let error = Invocation::parse(line).err()?.to_string();
    let first = error.lines().next().unwrap_or_default();
    Some(format!("{shown}: {first}"))
}

#[test]
fn every_flag_of_dbts_commands_is_taken() {
    let recorded = recorded();
    let mut refused = Vec::new();
    for (command, own) in &recorded.of_some {
        refused.extend(
            own.iter()
                .filter_map(|flag| refusal(&[], command, &written(flag))),
        );
    }
    // That one command takes a flag tells the same of all where the table names none.
    let everywhere = recorded.everywhere.iter().filter(|flag| !is_apart(flag));
    for flag in everywhere {
        refused.extend(refusal(&[], "clean", &written(flag)));
        let is_restricted = meant(flag).is_some_and(|it| !it.commands.is_empty());
        refused.extend(is_restricted.then(|| format!("{flag} is for some commands only")));
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn every_global_flag_goes_before_the_command() {
    let recorded = recorded();
    let flags = recorded.before.iter().filter(|flag| !is_apart(flag));
    let refused: Vec<String> = flags
        .filter_map(|flag| refusal(&written(flag), "build", &[]))
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn every_variable_of_dbt_is_a_flags() {
    let recorded = recorded();
    let missing: Vec<&String> = recorded
        .variables
        .iter()
        .filter(|(flag, _)| !is_apart(flag))
        .filter(|(_, variable)| {
            let old = variable.replace("DBT_ENGINE_", "DBT_");
            !FLAGS.iter().any(|flag| flag.env == Some(&*old))
        })
        .map(|(_, variable)| variable)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
