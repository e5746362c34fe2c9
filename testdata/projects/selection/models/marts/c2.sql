select * from {{ ref('b2') }}
