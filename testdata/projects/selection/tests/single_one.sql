select * from {{ ref('c1') }} where id < 0
