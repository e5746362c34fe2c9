select * from {{ ref('below_unknown_column') }}
