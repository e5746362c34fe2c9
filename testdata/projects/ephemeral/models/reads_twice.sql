{{ config(materialized='table') }}
select a.id from {{ ref('one') }} as a inner join {{ ref('one') }} as b using (id)
union all
select id from {{ ref('with_alias') }}
union all
select id from {{ ref('trailing_comment') }}
