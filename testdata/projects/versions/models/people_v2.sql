select 1 as id, 'v2' as made_by, true as extra
