-- depends_on: {{ ref('m7_last') }}
select nr, count(*) from ops.hook_log group by nr having count(*) > 1
