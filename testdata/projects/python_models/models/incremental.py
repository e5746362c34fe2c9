def model(dbt, session):
    dbt.config(materialized='incremental', unique_key='n')
    return dbt.ref('numbers')
