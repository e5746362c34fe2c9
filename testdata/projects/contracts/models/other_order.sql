select 'a'::varchar as name, 1::integer as id
