select -1::integer as id, 'a'::varchar as name
