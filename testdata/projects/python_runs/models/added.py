def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    return session.sql("select 1 as one")
