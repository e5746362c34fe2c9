select '{{ who() }}' as who, '{{ who_calls_who() }}' as nested, '{{ lower.who() }}' as qualified, '{{ show_vars() }}' as vars, k from {{ ref('lower_seed') }}
