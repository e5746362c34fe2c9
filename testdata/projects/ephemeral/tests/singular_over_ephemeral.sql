select * from {{ ref('three') }} where id < 11
