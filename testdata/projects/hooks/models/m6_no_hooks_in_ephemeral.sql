{{ config(materialized='ephemeral', pre_hook="{{ note('never: ephemeral') }}") }}
select * from {{ ref('m5_incremental') }}
