{% set values = pair(1) %}
{% set config_like = settings() %}
select
    {{ values[1] + 1 }} as arithmetic,
    '{{ pair(1, b=[3]) }}' as list_text,
    '{{ pair(none) }}' as empty_list,
    {{ as_text(41) }} + 1 as from_text,
    '{{ config_like.nested.list[2] }}' as nested_value,
    {{ first_even([3, 5, 8, 10]) }} as first_even,
    '{{ first_even([1]) }}' as no_even,
    {{ config_like.yes }} as yes,
    '{{ config_like.none is none }}' as none_is_none,
    '{{ config_like | tojson | replace("'", "''") }}' as as_json
