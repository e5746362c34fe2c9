{{ config(materialized='incremental', unique_key='id') }}
select * from {{ ref('two') }}
{% if is_incremental() %}where id not in (select id from {{ this }}){% endif %}
