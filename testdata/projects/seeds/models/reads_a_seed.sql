select zip || ' ' || population as line from {{ ref('partly_typed') }}
