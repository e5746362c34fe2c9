{{ config(materialized='incremental', post_hook="{{ note('was incremental: ' ~ is_incremental()) }}") }}
select {{ 2 if is_incremental() else 1 }} as build, n from {{ ref('m4_hook_refs') }}
