{% do log('to the log') %}
{% do print('to the terminal') %}
select
    $${{ diff_of_two_dicts({'a': ['x', 'Y'], 'b': ['z']}, {'a': ['y']}) }}$$ as difference,
    '{{ tojson({"b": 1, "a": [none, true, 1.5]}) }}' as as_json,
    $${{ toyaml({"b": 1, "a": ["x", none]}) }}$$ as as_yaml,
    $${{ fromjson('not json', 'fallback') }} {{ fromyaml('a: [1, {b: c}]') }}$$ as from_text,
    '{{ set_strict([1, 1, 2]) | length }} {{ set("abb") | sort | join }} {{ set(5, "none") }}' as sets,
    $${{ zip_strict([1, 2], ["a", "b"]) | list }} {{ zip(1, 2, default="none") }}$$ as zips,
    '{{ "5" | as_number }} {{ "true" | as_bool }} {{ "[1]" | as_native }} {{ 5 | as_text }}' as casts,
    '{{ env_var("DAGSMITH_UNKNOWN", "7") | as_number }}' as from_env,
    '{{ try_or_compiler_error("failed", as_it_is, "given") }}' as tried,
    '{{ builtins.ref("letters").identifier }} {{ context["project_name"] }} {{ builtins.var("asked") }}' as builtin,
    '{{ context.get("nothing") is none }} {{ dbt.type_string() }} {{ context["dbt"] is defined }}' as namespaces,
    '{{ should_full_refresh() }} {{ should_store_failures() }} {{ is_incremental() }}' as questions,
    '{{ modules.datetime.datetime(2024, 1, 31).isoformat() }} {{ modules.pytz.timezone("Europe/Berlin").localize(modules.datetime.datetime(2024, 7, 1)).isoformat() }}' as dates
from {{ ref('letters') }} where id = 1
