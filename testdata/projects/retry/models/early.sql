{{ config(materialized='table') }}
select id {% if var('fail') %}, no_such_column {% endif %} from {{ ref('ids') }}
