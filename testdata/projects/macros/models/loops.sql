{% set rows = [('a', 1), ('b', 2), ('c', 3)] %}
{% for name, n in rows if n != 2 -%}
select
    '{{ name }}' as name,
    {{ loop.index }} as nr,
    {{ loop.first }} as is_first,
    {{ loop.length }} as loop_length,
    '{{ loop.previtem[0] if loop.previtem is defined else "none" }}' as before,
    '{{ loop.cycle("odd", "even") }}' as parity
{{ 'union all' if not loop.last }}
{% else -%}
select 'never'
{% endfor %}
