{{ config(materialized='table', alias='b' * 64) }} select 1 as id
