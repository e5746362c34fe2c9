{{ config(materialized='incremental', unique_key='id') }}
select id, paid_on from {{ ref('payments') }}
{% if is_incremental() %}where paid_on > (select max(paid_on) from {{ this }}){% endif %}
