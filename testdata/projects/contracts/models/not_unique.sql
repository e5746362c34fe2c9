select 1::integer as id, 'a'::varchar as name union all select 1, 'b'
