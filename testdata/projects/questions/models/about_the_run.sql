{#- What differs from run to run is measured. -#}
select
    {{ invocation_id | length }} as invocation_id,
    '{{ run_started_at.strftime("%z") }}' as zone,
    {{ run_started_at.year > 2000 }} as is_recent,
    '{{ run_started_at.__class__.__name__ if false else "datetime" }}' as kind,
    '{{ thread_id.split("-")[0] if execute else "" }}' as thread,
    '{{ dbt_version.split(".")[0] }}' as major,
    '{{ project_name }}' as project,
    '{{ flags.FULL_REFRESH }} {{ flags.STORE_FAILURES }} {{ flags.WHICH }} {{ flags.FAIL_FAST }}' as flags,
    '{{ invocation_args_dict.which }} {{ invocation_args_dict.full_refresh }}' as arguments,
    '{{ dbt_metadata_envs }}' as envs,
    '{{ selected_resources | sort | join(" ") if execute else "" }}' as selected,
    '{{ model.unique_id }} {{ model.config.materialized }} {{ model.resource_type }} {{ model.fqn | join("/") }}' as me,
    '{{ graph.nodes.values() | selectattr("resource_type", "equalto", "seed") | map(attribute="name") | join(",") if execute else "" }}' as seeds,
    '{{ target.get("threads") }} {{ target.profile_name }} {{ target.name }}' as target
from {{ ref('letters') }} where id = 1
