select * from {{ ref('independent') }}
