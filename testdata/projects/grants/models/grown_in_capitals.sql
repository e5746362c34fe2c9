{#- The names of privileges and roles are compared without their case. -#}
{{ config(materialized='incremental', grants={'SELECT': ['ANN']}) }}
select * from {{ ref('colours') }}
