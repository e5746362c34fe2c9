select * from {{ ref('independent') }} union all select id from {{ ref('blocked_by_test') }}
