{{ config(indexes=indexes(), on_configuration_change='fail') }}
select * from {{ ref('numbers') }}
