select id, amount, amount >= {{ var('threshold') }} as is_large, {{ label() }} as label, '{{ env_var("UNIT_TEST_ENV", "unset") }}' as env
from {{ ref('payments') }}
