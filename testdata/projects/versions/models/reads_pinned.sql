select * from {{ ref('people', v=1) }} union all select id, made_by from {{ ref('people', version='2') }}
