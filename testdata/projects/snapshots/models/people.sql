{{ config(materialized='table') }}
{% if var('state') == 1 %}
select * from (values
    (1, 'a', 'Ann', 10, timestamp '2024-01-01 08:00:00'),
    (2, 'a', 'Bob', 20, timestamp '2024-01-01 08:00:00'),
    (3, 'b', 'Cid', 30, timestamp '2024-01-01 08:00:00')
) as people(id, part, name, amount, changed_at)
{% elif var('state') == 2 %}
select *, 'new' as extra from (values
    (1, 'a', 'Ann', 11, timestamp '2024-02-01 08:00:00'),
    (2, 'a', 'Bobby', 20, timestamp '2024-01-01 08:00:00'),
    (4, 'b', 'Dan', 40, timestamp '2024-02-01 08:00:00')
) as people(id, part, name, amount, changed_at)
{% else %}
select *, 'again' as extra from (values
    (1, 'a', 'Ann', 11, timestamp '2024-02-01 08:00:00'),
    (2, 'a', 'Bobby', 20, timestamp '2024-01-01 08:00:00'),
    (3, 'b', 'Cid', 30, timestamp '2024-03-01 08:00:00'),
    (4, 'b', 'Dan', 40, timestamp '2024-02-01 08:00:00')
) as people(id, part, name, amount, changed_at)
{% endif %}
