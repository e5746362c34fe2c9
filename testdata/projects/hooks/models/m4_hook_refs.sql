{{ config(post_hook="create or replace table ops.copied as select * from {{ ref('m1_plain') }}") }}
select * from {{ ref('m3_view_outside_transaction') }}
