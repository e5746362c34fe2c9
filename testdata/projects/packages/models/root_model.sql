select
    '{{ who() }}' as who, '{{ lower.who() }}' as of_lower, '{{ lower.who_calls_who() }}' as nested, '{{ lower.qualified_who() }}' as qualified,
    '{{ lower.dispatched() }}' as dispatched, '{{ upper.who_upper() }}' as upper, '{{ var("shared") }}' as shared, '{{ var("for_lower", "not seen") }}' as for_lower,
    u.k, t.from_package
from {{ ref('upper_model') }} as u
cross join {{ ref('lower_twin') }} as t
