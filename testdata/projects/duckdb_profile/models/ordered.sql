{{ config(materialized='table') }}
select array_agg(x order by x) as xs from (values (1), (null), (3)) as t (x)
