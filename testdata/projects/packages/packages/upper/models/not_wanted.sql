select * from {{ ref('upper_model') }}
