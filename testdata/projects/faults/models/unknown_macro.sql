select 1 as id
{% if is_fault('unknown_macro') %}
, {{ two_argumentz(1) }}
{% endif %}
