{# The server keeps roles for all databases, so they may be there. #}
{% macro make_roles(names) %}{{ return(adapter.dispatch('make_roles')(names)) }}{% endmacro %}

{% macro default__make_roles(names) %}select 1{% endmacro %}

{% macro postgres__make_roles(names) %}
do $$ begin
    {%- for name in names %}
    if not exists (select from pg_roles where rolname = '{{ name }}') then create role "{{ name }}"; end if;
    {%- endfor %}
end $$
{% endmacro %}
