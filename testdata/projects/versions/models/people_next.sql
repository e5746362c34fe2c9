select 1 as id, 'preview' as made_by
