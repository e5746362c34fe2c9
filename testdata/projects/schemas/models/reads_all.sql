select '{{ ref("plain") }}' as plain, '{{ this }}' as this, '{{ ref("folder_seed") }}' as seed, '{{ schema }}' as schema, '{{ database }}' as db, '{{ target.schema }}' as target_schema,
    (select count(*) from {{ ref('view_in_other_database') }}) as n, (select here from {{ ref('same_two') }}) as second
from {{ ref('in_folder') }} cross join {{ ref('tree') }} cross join {{ ref('custom_schema') }} cross join {{ ref('same_one') }}
