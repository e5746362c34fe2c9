select * from {{ ref('in_both') }}
