def described(dbt):
    yield "this", str(dbt.this)
    yield "identifier", dbt.this.identifier
    yield "schema", dbt.this.schema
    yield "database", dbt.this.database
    yield "is_incremental", str(dbt.is_incremental)
    yield "limit", str(dbt.config.get("limit"))
    yield "missing", str(dbt.config.get("missing"))
    yield "other", str(dbt.config.get("missing", 7))
    yield "tags", str(dbt.config.get("tags"))
    yield "module", __name__


def model(dbt, session):
    dbt.config(materialized="table", tags=["py", "two"])
    rows = ", ".join(f"('{key}', '{value.replace(chr(39), '')}')" for key, value in described(dbt))
    return session.sql(f"select * from (values {rows}) as said (what, value)")
