{{ config(indexes=indexes(), on_configuration_change='continue') }}
select * from {{ ref('numbers') }}
