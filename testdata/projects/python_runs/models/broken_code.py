import sys


def refuse():
    raise ValueError("broken on purpose")


def model(dbt, session):
    broken = dbt.config.get("broken")
    if broken == "code":
        refuse()
    if broken == "query":
        return session.sql("select nowhere from (select 1 as here)")
    if broken == "late":
        return session.sql("select cast(word as integer) from (values ('x'), ('1')) as words (word)")
    if broken == "kind":
        return ["not", "a", "table"]
    if broken == "leaves":
        sys.exit("left on purpose")
    return session.sql("select 1 as one")
