-- depends_on: {{ ref('history') }}
{{ config(materialized='table') }}
select 'recording' as snapshot, id, dbt_is_deleted as is_deleted, dbt_valid_to is null as is_open from {{ ref('recording') }}
union all
select 'with_own_names', id, is_gone, until is null from {{ ref('with_own_names') }}
