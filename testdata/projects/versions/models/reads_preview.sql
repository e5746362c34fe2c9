select * from {{ ref('versions', 'people', v=3) }}
