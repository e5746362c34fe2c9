{{ config(tags='rare') }} select 1 as id
