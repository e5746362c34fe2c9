select * from {{ ref('people') }} where false
