select {{ concat(["'a'", "'b'"]) }} as joined, {{ dbt.concat(["'c'", "'d'"]) }} as joined_qualified
from {{ ref('dispatch') }}
