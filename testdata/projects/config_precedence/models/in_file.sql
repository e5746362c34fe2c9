{{ config(materialized='table', tags='in_file', meta={'level': 'in file', 'extra': {'deep': 1}}, schema='own') }}
{{ config(post_hook="select 'in file'") }}
select 1 as id
