{{ config(pre_hook="insert into {{ target.schema }}.log values ('before')", post_hook="insert into {{ target.schema }}.log values ('after')") }}
select 1 as id
