select * from (values
    (1, 'Ann', 'a', 30, null),
    (2, 'Bob', 'b', -5, 1),
    (2, 'Bea', 'b', 41, 1),
    (4, null, 'x', 29, 9),
    (5, 'Eve', null, 30, 2)
) as people(id, name, kind, age, parent_id)
