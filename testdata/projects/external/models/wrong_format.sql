{{ config(materialized='external', format='xlsx', enabled=(var('wrong') == 'format')) }}
select 1 as n
