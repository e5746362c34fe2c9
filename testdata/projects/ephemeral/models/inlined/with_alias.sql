{{ config(alias='other_name') }}
select 5 as id
