select 1 as id, 'v1' as made_by
