select 1 as id {% if is_fault('unknown_macro_inside') %}{{ calls_unknown() }}{% endif %}
