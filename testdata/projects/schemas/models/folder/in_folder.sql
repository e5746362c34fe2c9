select * from {{ ref('quoted_names') }}
