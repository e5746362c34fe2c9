{{ config(on_schema_change='append_new_columns') }}
{% set batch = var('batch') %}
select
    id,
    amount
    {%- if batch == 1 %}, region{% endif %}
    {%- if batch >= 2 %}, note, {{ batch }} as changed_in{% endif %}
from {{ ref('current') }}
