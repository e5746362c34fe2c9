{# Fails for each day after which the column jumps. #}
{% test no_gaps(model, column_name, step='1 day') %}

with ordered as (
    select
        {{ column_name }} as this_one,
        lead({{ column_name }}) over (order by {{ column_name }}) as next_one
    from {{ model }}
)

select *
from ordered
where next_one <> this_one + interval '{{ step }}'

{% endtest %}
