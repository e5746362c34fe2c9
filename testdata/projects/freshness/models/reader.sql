select id from {{ source('landing', 'fresh') }}
