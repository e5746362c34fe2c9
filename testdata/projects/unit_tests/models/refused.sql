select * from {{ ref('classified') }}
