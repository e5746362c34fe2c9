select * from {{ ref('unknown_column') }}
