{# One moment is never before the other; rows where either is missing are fine. #}
{% test in_order(model, earlier, later, or_equal=true) %}
    select {{ earlier }}, {{ later }}
    from {{ model }}
    where {{ later }} {{ '<' if or_equal else '<=' }} {{ earlier }}
{% endtest %}
