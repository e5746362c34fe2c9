{{ config(materialized='incremental', unique_key='id', tags=['in_file'], alias='both') }}
select 1 as id
