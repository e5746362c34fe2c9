select b.one, d.dollars from {{ ref('broken_code') }} as b cross join {{ ref('dollars') }} as d
