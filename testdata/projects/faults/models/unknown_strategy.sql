{{ config(materialized='incremental', incremental_strategy='upsert' if is_fault('unknown_strategy') else 'append') }}
select 1 as id
