select * from {{ ref('three') }} where id > 10
