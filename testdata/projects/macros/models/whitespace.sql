{#- Every kind of whitespace control; the compiled text is what is compared. -#}
select
{%- for n in range(3) %}
    {{ n }} as n_{{ n }}
    {%- if not loop.last -%}
        ,
    {%- endif -%}
{% endfor %}
{# a comment
   over two lines #}
{%- raw %}
-- {{ not_rendered }} {% neither %}
{%- endraw +%}
where true
