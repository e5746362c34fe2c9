{{ config(materialized='external', location='nowhere/at/all.csv', enabled=(var('wrong') == 'location')) }}
select 1 as n
