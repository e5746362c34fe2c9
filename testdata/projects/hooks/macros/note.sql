{% macro note(at, text=none) -%}
    insert into ops.hook_log
    select count(*), '{{ at }}', '{{ text if text is not none else this.identifier }}' from ops.hook_log
{%- endmacro %}

{# A hook may return no SQL at all, and do its work by a query of its own. #}
{% macro quiet_hook() %}
    {% if execute %}{% do run_query(note('by run_query', 'quiet')) %}{% endif %}
{% endmacro %}
