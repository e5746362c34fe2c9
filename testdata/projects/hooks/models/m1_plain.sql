select * from {{ ref('a_seed') }}
