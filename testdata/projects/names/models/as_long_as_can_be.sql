{{ config(materialized='incremental', alias='a' * 63) }} select 1 as id
