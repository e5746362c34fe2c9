{{ config(materialized='external', post_hook="comment on view {{ this }} is 'in a file'") }}
select * from {{ ref('numbers') }}
{% if var('fault') == 'as_parquet' %}where error('broken on purpose') is null{% endif %}
{% if var('fault') == 'smaller' %}where n < 3{% endif %}
