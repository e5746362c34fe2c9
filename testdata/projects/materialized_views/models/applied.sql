{{ config(indexes=indexes()) }}
select * from {{ ref('numbers') }}
