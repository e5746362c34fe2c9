{{ config(unique_key='id') }}
select id, note from {{ ref('current') }}
