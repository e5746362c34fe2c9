{# The combination of columns is unique: `unique_together(columns=['order_id', 'product_id'])`. #}
{% test unique_together(model, columns, ignore_nulls=false) %}

{{ config(fail_calc='coalesce(sum(surplus), 0)') }}

select
    {{ columns | join(', ') }},
    count(*) - 1 as surplus
from {{ model }}
{% if ignore_nulls -%}
where {% for column in columns %}{{ column }} is not null{{ ' and ' if not loop.last }}{% endfor %}
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
