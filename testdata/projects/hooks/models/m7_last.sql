select count(*) as rows_so_far from {{ ref('m6_no_hooks_in_ephemeral') }}
