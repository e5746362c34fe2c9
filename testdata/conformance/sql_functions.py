#!/usr/bin/env python3
"""What server/crates/sql/functions says of DuckDB and PostgreSQL, held against the warehouses themselves.

    sql_functions.py [--postgres DSN]

Needs the Python package `duckdb`, and `psycopg2` where a PostgreSQL is named. For each function of the table it compares which numbers of
arguments are taken with the warehouse's own catalogue. A number that the warehouse takes and the table does not would be reported to people
as a mistake: exit status 1. What the table takes and the warehouse does not is printed as a note: newer versions may.
"""
import argparse
import collections
import pathlib
import re
import sys

TABLES = pathlib.Path(__file__).parents[2] / "server" / "crates" / "sql" / "functions"
MOST = 9

# The catalogues say "any number" of what is checked when a call is bound, or list internal ways to call.
LOOSE = {
    "D": {
        "array_to_json", "array_zip", "cardinality", "histogram", "json_quote", "list_zip", "map_concat", "row_to_json", "struct_concat",
        "struct_insert", "struct_update", "to_json", "union_value",
    },
    # Called with `within group (order by ...)`, whose arguments the catalogue counts, too.
    "P": {"cume_dist", "dense_rank", "mode", "percent_rank", "percentile_cont", "percentile_disc", "rank"},
}


def table(letter):
    """The numbers of arguments that the table has for a dialect, by name: a set of (least, most)."""
    found = collections.defaultdict(set)
    for path in sorted(TABLES.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            alias = re.fullmatch(r"(\S+) (\S+) = (\S+)", line)
            call = re.fullmatch(r"(\S+) ([a-z0-9_.]+)(?:\((.*?)\))? -> \S+; .*", line)
            dialects = (alias or call)[1] if alias or call else ""
            if dialects != "*" and letter not in dialects:
                continue
            if alias:
                found[alias[2]] |= found[alias[3]]
                continue
            names = [it for it in (call[3] or "").split(", ") if it]
            least = sum(not it.endswith("?") for it in names)
            most = MOST if any("..." in it for it in names) else len(names)
            found[call[2]].add((least, most))
    return found


def duckdb_functions():
    import duckdb

    connection = duckdb.connect()
    for extension in ("json", "icu"):
        connection.execute(f"load {extension}")
    rows = connection.execute(
        "select function_name, len(parameters), varargs is not null from duckdb_functions() "
        "where function_type in ('aggregate', 'scalar', 'macro', 'table', 'table_macro')"
    ).fetchall()
    return [(name, n, MOST if is_open else n) for name, n, is_open in rows]


def postgres_functions(dsn):
    import psycopg2

    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("select proname, pronargs - pronargdefaults, pronargs, provariadic <> 0 from pg_proc where pronamespace = 'pg_catalog'::regnamespace")
        return [(name, least, MOST if is_open else most) for name, least, most, is_open in cursor.fetchall()]


def compared(letter, rows):
    """Lines about differences: what matters, and notes."""
    theirs = collections.defaultdict(set)
    for name, least, most in rows:
        theirs[name].add((least, most))
    wrong, notes = [], []

    def takes(ranges, n):
        return any(least <= n <= most for least, most in ranges)

    for name, ours in sorted(table(letter).items()):
        if name not in theirs or name in LOOSE[letter]:
            if name not in theirs:
                notes.append(f"{letter} {name}: not in the catalogue")
            continue
        for n in range(MOST):
            if takes(theirs[name], n) and not takes(ours, n):
                wrong.append(f"{letter} {name}: takes {n} arguments, the table says no")
            if takes(ours, n) and not takes(theirs[name], n):
                notes.append(f"{letter} {name}: the table says that it takes {n} arguments")
    return wrong, notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", metavar="DSN", help="a PostgreSQL to compare with")
    options = parser.parse_args()
    results = [compared("D", duckdb_functions())]
    if options.postgres:
        results.append(compared("P", postgres_functions(options.postgres)))
    for wrong, notes in results:
        print(*(f"note: {it}" for it in notes), *wrong, sep="\n")
    sys.exit(1 if any(wrong for wrong, _ in results) else 0)


if __name__ == "__main__":
    main()
