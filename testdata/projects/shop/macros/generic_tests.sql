{# Rows whose value is below zero; `or_equal` also rejects zero. #}
{% test not_negative(model, column_name, or_equal=false) %}
    select {{ column_name }}
    from {{ model }}
    where {{ column_name }} {{ '<=' if or_equal else '<' }} 0
{% endtest %}


{#
    The table has as many rows as another one.
    On a source, `other` is the seed that fills it, which also makes the test wait for that seed.
#}
{% test same_row_count_as(model, other, tolerance=0) %}
    with counts as (
        select
            (select count(*) from {{ model }}) as here,
            (select count(*) from {{ other }}) as there
    )
    select * from counts where abs(here - there) > {{ tolerance }}
{% endtest %}
