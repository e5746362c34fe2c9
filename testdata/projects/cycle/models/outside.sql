select * from {{ ref('gamma') }}
