select
    '{{ who_upper() }}' as who_upper, '{{ lower.who() }}' as who_lower, '{{ lower.dispatched() }}' as dispatched, '{{ lower.by_search_order() }}' as searched,
    '{{ lower.show_vars() }}' as vars, '{{ var("upper_only") }}' as upper_only, '{{ var("scoped", "not seen") }}' as scoped, k
from {{ ref('lower', 'lower_model') }}
