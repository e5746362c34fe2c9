select * from {{ ref('fails_at_runtime') }}
