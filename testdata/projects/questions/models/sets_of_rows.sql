select id from {{ ref('letters') }}
{{ dbt.except() }}
(select 2 as id {{ dbt.intersect() }} select id from {{ ref('letters') }})
