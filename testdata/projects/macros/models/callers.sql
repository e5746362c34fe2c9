select
    '{% call wrapped() %} body {% endcall %}' as wrapped,
    '{% call(item, position) each(["x", "y"]) %}{{ position }}:{{ item }}{% endcall %}' as each_item,
    '{% call twice_wrapped() %} deep {% endcall %}' as nested
