select id, {{ unit_tests.amounts()[0] }} as amount from {{ ref('payments') }}
