def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="day")
    day = int(dbt.config.get("day"))
    if not dbt.is_incremental:
        return session.sql(f"select 0 as day, 'first' as said union all select {day}, 'first'")
    before = session.sql(f"select count(*) from {dbt.this}").fetchone()[0]
    return session.sql(f"select {day} as day, 'after ' || {before} as said")
