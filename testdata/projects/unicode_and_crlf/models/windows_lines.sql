{{ config(materialized="table") }}

select
    1 as id,
    'a' as name -- comment
{% if true %}
where 1 = 1
{% endif %}
