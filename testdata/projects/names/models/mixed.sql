{{ config(alias='Mixed Case', materialized='table') }} select "Id", "select", "Group By" as "group", "Since" from {{ ref('order') }}
