{{ config(materialized='table') }}
select current_setting('default_order') as default_order,
    current_setting('default_null_order') as null_order,
    current_setting('TimeZone') as zone,
    current_setting('allow_community_extensions') as community
