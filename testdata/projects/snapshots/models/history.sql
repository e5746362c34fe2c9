{{ config(materialized='table') }}
{% for name in ['by_timestamp', 'ignoring', 'invalidating', 'recording', 'by_some_columns', 'by_all_columns', 'by_two_keys', 'open_until', 'in_a_block', 'second_block'] %}
{{ rows_of(name) }} union all
{% endfor %}
{{ rows_of('with_own_names', 'until', 'since') }}
