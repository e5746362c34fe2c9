{{ config(group='no_such_group' if is_fault('unknown_group') else 'closed') }} select 1 as id
