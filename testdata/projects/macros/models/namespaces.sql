{#- A plain `set` inside a loop is lost after it; an attribute of a namespace is not. -#}
{%- set plain = 0 -%}
{%- set ns = namespace(total=0, seen=[]) -%}
{%- for n in [1, 2, 3] -%}
    {%- set plain = plain + n -%}
    {%- set ns.total = ns.total + n -%}
    {%- do ns.seen.append(n * n) -%}
{%- endfor -%}
select {{ plain }} as plain, {{ ns.total }} as kept, '{{ ns.seen | join(" ") }}' as squares
