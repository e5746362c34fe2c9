{{ config(alias='Other Name', schema='Mixed Case') }} select 1 as id
