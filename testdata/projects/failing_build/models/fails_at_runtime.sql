select id, amount::integer as amount from {{ ref('payments') }}
