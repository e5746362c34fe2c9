{{ config(tags='hourly') }} select * from {{ ref('a1') }}
