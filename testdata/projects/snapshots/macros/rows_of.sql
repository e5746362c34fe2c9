{# The rows of a snapshot without the time of day; whether a row is closed, and by which time of the data. #}
{% macro rows_of(name, valid_to='dbt_valid_to', valid_from='dbt_valid_from') %}
select
    '{{ name }}' as snapshot, id, name, amount, {{ valid_to }} is null as is_open,
    case when {{ valid_from }} < timestamp '2025-01-01' then {{ valid_from }} end as valid_from,
    case when {{ valid_to }} < timestamp '2025-01-01' or {{ valid_to }} > timestamp '9000-01-01' then {{ valid_to }} end as valid_to
from {{ ref(name) }}
{% endmacro %}
