{{ config(materialized='table') }}
select p.n, p.label, j.both, d.label as in_folder
from {{ ref('as_parquet') }} as p
join {{ ref('as_json') }} as j using (n)
join {{ ref('partitioned') }} as d using (n)
