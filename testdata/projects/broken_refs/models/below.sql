select * from {{ ref('misspelt') }}
