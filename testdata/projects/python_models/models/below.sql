select * from {{ ref('by_default') }}
