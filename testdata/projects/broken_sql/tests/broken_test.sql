select * from {{ ref('tested') }} wher id = 2
