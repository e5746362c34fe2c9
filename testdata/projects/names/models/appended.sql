{{ config(materialized='incremental', on_schema_change='append_new_columns') }} select 1 as "order" {% if var('batch') == 2 %}, 2 as "Limit"{% endif %}
