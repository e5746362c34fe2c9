#!/usr/bin/env python3
"""Write flags.json: the flags of dbt's commands, and their variables of the environment. Run it with dbt's own Python.

    /path/to/dbts/python flags_of_dbt.py

The tests of dagsmith's command line hold it to that file.
"""
import json
from pathlib import Path

import click
from dbt.cli.main import cli


def commands(group, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def flags(command):
    options = [option for option in command.params if isinstance(option, click.Option)]
    return {name for option in options for name in [*option.opts, *option.secondary_opts]}


def variables(command):
    options = [option for option in command.params if isinstance(option, click.Option) and option.envvar]
    return {option.opts[0]: option.envvar if isinstance(option.envvar, str) else option.envvar[0] for option in options}


def main():
    of = {name: flags(command) for name, command in commands(cli)}
    everywhere = set.intersection(*of.values())
    record = {
        "before the command": sorted(flags(cli)),
        "of every command": sorted(everywhere),
        "of some": {name: sorted(found - everywhere) for name, found in sorted(of.items())},
        "variables": {flag: name for _, command in [("", cli), *commands(cli)] for flag, name in variables(command).items()},
    }
    record["variables"] = dict(sorted(record["variables"].items()))
    Path(__file__).with_name("flags.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
