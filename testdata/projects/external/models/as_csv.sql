{{ config(materialized='external', format='csv', delimiter='|', options={'null': '-', 'force_quote': '(label)'}) }}
select n, nullif(label, 'row 3') as label from {{ ref('numbers') }}
