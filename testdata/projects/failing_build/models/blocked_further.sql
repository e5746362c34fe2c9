select * from {{ ref('blocked_by_test') }}
