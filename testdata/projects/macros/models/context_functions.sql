{% set parsed = fromjson('{"a": [1, 2]}') %}
{% set from_yaml = fromyaml('b: [x, y]') %}
select
    {{ parsed['a'][1] }} as from_json,
    '{{ from_yaml["b"] | join(",") }}' as from_yaml,
    '{{ tojson({"z": 1, "a": [true, none]}, sort_keys=true) }}' as to_json,
    '{{ set([2, 1, 2]) | sort | join(",") }}' as a_set,
    $${{ zip([1, 2], ['a', 'b']) | list }}$$ as zipped,
    '{{ local_md5("dagsmith") }}' as md5,
    '{{ modules.re.sub("[0-9]+", "#", "a1b22") }}' as re_sub,
    '{{ modules.datetime.date(2024, 2, 28) + modules.datetime.timedelta(days=2) }}' as next_day,
    '{{ modules.itertools.chain([1], [2, 3]) | list | length }}' as chained,
    '{{ var("greeting") }} {{ var("not_there", "fallback") }}' as vars,
    '{{ env_var("DAGSMITH_NOT_SET_ANYWHERE", "unset") }}' as env,
    '{{ this.schema }}.{{ this.identifier }} {{ model.name }} {{ project_name }} {{ target.name }} {{ target.type }}' as names,
    '{{ var("templated") }}' as templated_var,
    {{ run_started_at.year > 2000 }} as has_started,
    '{{ builtins.ref.config.project_name }} {{ builtins.source.config.dependencies["macros"].version }}' as runtime_config,
    '{{ modules.datetime.datetime(2020, 6, 1, tzinfo=modules.pytz.timezone("America/Los_Angeles")) }}' as local_mean_time,
    '{{ execute }}' as executing
