{% set clause %}
    select 1 as n
    union all select 2
{% endset %}
{% set loud | upper | trim %} quiet {% endset %}
{#- The text of the block is used twice. -#}
select n, '{{ loud }}' as loud from ({{ clause }}) as a
union all
select n + 10, '{{ loud | lower }}' from ({{ clause }}) as b
