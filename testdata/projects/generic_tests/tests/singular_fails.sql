{{ config(store_failures=true, tags=['singular']) }}
select id, age from {{ ref('people') }} where age < 0
