select 10 as id, 1 as parent_id from {{ ref('parents') }} where id = 1
