{{ config(materialized='tabel' if is_fault('unknown_materialization') else 'table') }}
select 1 as id
