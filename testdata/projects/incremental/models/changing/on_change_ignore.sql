{#- `ignore` needs the old columns to be there; a new one is not added. -#}
{{ config(on_schema_change='ignore') }}
select id, amount, region {%- if var('batch') >= 2 %}, note{% endif %}
from {{ ref('current') }}
