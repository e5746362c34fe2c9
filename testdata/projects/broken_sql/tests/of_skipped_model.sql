select * from {{ ref('two_below') }}
