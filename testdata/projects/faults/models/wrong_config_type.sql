{{ config(tags={'a': 1} if is_fault('wrong_config_type') else 'a') }}
select 1 as id
