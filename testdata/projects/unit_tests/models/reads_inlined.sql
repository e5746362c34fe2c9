select id, twice + 1 as odd from {{ ref('inlined') }}
