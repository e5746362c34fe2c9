{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

select
    event_id,
    session_id,
    visitor_id,
    event_at,
    path,
    nullif(regexp_extract(path, '^/products/(\d+)', 1), '')::integer as product_id,
    device
from {{ ref('int_events_sessionized') }}
where event_type = 'page_view'
{%- if is_incremental() %}
    and event_at > (select max(event_at) from {{ this }})
{%- endif %}
