{{ config(meta={'lonely': true, 'level': 3}) }} select 1 as id
