{{ config(materialized='table') }}
select range as n, 'row ' || range as label, if(range % 2 = 0, 'even', 'odd') as kind, (range // 4)::int as quarter
from range(10)
