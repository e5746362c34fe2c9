{{ config(alias='moved_here') }}
select id from {{ ref('base') }}
