def model(dbt, session):
    session.execute("create or replace temporary table helper as select 5 as five")
    print("seen", "by", "people", end="")
    return session.table("helper")
