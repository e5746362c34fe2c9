{{ config(materialized='incremental') }}
select id, 'n' || id as name from generate_series(1, {{ var('rows') }}) as id
{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}
