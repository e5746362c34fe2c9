-- reads both of them
select two.id, one.name
from {{ ref('two') }} as two
cross join {{ ref('one') }} as one
