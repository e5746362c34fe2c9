select * from {{ ref('calls') }}
