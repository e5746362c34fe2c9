select kind from {{ ref('changing_kind') }}
