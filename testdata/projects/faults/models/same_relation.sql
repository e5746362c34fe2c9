{{ config(alias='fine' if is_fault('same_relation') else 'same_relation') }}
select 1 as id
