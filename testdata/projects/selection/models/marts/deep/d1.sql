select c1.id from {{ ref('c1') }} as c1, {{ ref('c2') }}
