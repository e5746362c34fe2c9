{{ config(severity='warn', limit=2) }}
select id from {{ ref('people') }}
