{{ config(materialized='incremental', unique_key='n') }}
select 1 as n {% if is_incremental() %}union all select 2{% endif %}
