select id from {{ source('landing', 'stale') }}
