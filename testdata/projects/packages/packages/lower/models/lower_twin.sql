{{ config(alias='twin') }}
select 'lower' as from_package
