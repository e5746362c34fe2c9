select 1 as id {% if is_fault('unknown_macro_of_package') %}{{ dbt.no_such_macro() }}{% endif %}
