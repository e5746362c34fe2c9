def model(dbt, session):
    dbt.config(materialized="external", format="parquet")
    return dbt.ref("by_sql").order("id")
