{{ config(enabled=false) }}
select * from {{ ref('no_such_model') }}
