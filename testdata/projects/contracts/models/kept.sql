select 1::integer as id, 'a'::varchar as name, 1.5::decimal(6, 2) as price
