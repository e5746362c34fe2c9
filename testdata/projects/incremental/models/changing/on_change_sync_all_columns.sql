{{ config(on_schema_change='sync_all_columns') }}
{% set batch = var('batch') %}
select
    id,
    amount
    {%- if batch == 1 %}, region{% endif %}
    {%- if batch >= 2 %}, note, {{ batch }} as changed_in{% endif %}
from {{ ref('current') }}
