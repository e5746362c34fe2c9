select * from {{ ref('beta') }}
