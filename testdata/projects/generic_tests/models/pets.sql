select * from (values (1, 1, 'cat'), (2, 7, 'dog'), (3, null, 'eel')) as pets("Pet Id", owner_id, kind)
