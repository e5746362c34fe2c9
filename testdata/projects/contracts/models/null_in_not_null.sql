select null::integer as id, 'a'::varchar as name
