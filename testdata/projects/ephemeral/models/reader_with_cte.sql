/* a comment with the word with */
with mine as (select * from {{ ref('one') }}),
also as (select * from {{ ref('three') }})
select mine.id, count(*) as n from mine cross join also group by 1
