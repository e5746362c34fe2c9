{#-
  Python models: the code that goes after the user's `def model(dbt, session)`, so that `dbt.ref`, `dbt.source`,
  `dbt.config`, `dbt.this` and `dbt.is_incremental` work there. What each ref and source is called is known here and is
  written into the script as a dictionary; the adapter's runner supplies the function that loads a relation.
-#}

{% macro py_script_postfix(model) %}
# Below this line: what the model's code needs from the project.

{{ build_ref_function(model) }}
{{ build_source_function(model) }}
{{ build_config_dict(model) }}

class config:
    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

    @staticmethod
    def meta_get(key, default=None):
        return meta_dict.get(key, default)


class this:
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"

    def __repr__(self):
        return '{{ resolve_model_name(this) }}'


class dbtObj:
    def __init__(self, load_df_function):
        self.source = lambda *args: source(*args, dbt_load_df_function=load_df_function)
        self.ref = lambda *args, **kwargs: ref(*args, **kwargs, dbt_load_df_function=load_df_function)
        self.config = config
        self.this = this()
        self.is_incremental = {{ 'True' if is_incremental() else 'False' }}

{{ py_script_comment() }}
{% endmacro %}


{#- For a project's or adapter's remarks at the end of the script. -#}
{% macro py_script_comment() -%}
{%- endmacro %}


{#- Keys are the arguments of the call joined by dots, with `v<version>` last. -#}
{% macro build_ref_function(model) %}
  {%- set names = {} -%}
  {%- for reference in model.refs -%}
    {%- set key = [] -%}
    {%- if reference.get('package') -%}
      {%- set relation = ref(reference['package'], reference['name'], v=reference.get('version')) -%}
      {%- do key.append(reference['package']) -%}
    {%- else -%}
      {%- set relation = ref(reference['name'], v=reference.get('version')) -%}
    {%- endif -%}
    {%- do key.append(reference['name']) -%}
    {%- if reference.get('version') -%}
      {%- do key.append('v' ~ reference['version']) -%}
    {%- endif -%}
    {#- `render` leaves out the limits of sample and empty runs; a project's own `ref` may return a string instead. -#}
    {%- if relation is not string -%}
      {%- set relation = relation.render() -%}
    {%- endif -%}
    {%- do names.update({key | join('.'): resolve_model_name(relation)}) -%}
  {%- endfor %}
def ref(*args, **kwargs):
    refs = {{ names | tojson }}
    key = '.'.join(args)
    version = kwargs.get("v") or kwargs.get("version")
    if version:
        key += f".v{version}"
    return kwargs["dbt_load_df_function"](refs[key])
{% endmacro %}


{% macro build_source_function(model) %}
  {%- set names = {} -%}
  {%- for source_args in model.sources -%}
    {%- do names.update({source_args | join('.'): resolve_model_name(source(source_args[0], source_args[1]))}) -%}
  {%- endfor %}
def source(*args, dbt_load_df_function):
    sources = {{ names | tojson }}
    return dbt_load_df_function(sources['.'.join(args)])
{% endmacro %}


{#- Only what the model was seen to ask for: the rest of a config need not be Python. -#}
{% macro build_config_dict(model) %}
  {%- set configured = {} -%}
  {%- for key, default in zip(model.config.config_keys_used or [], model.config.config_keys_defaults or []) -%}
    {%- do configured.update({key: model.config.get(key, default)}) -%}
  {%- endfor -%}
  {%- set meta = {} -%}
  {%- for key, default in zip(model.config.meta_keys_used or [], model.config.meta_keys_defaults or []) -%}
    {%- do meta.update({key: (model.config.meta or {}).get(key, default)}) -%}
  {%- endfor %}
config_dict = {{ configured }}
meta_dict = {{ meta }}
{% endmacro %}


{#- A relation as text. Quotes in it need no care: it goes into JSON, and between single quotes. -#}
{% macro resolve_model_name(input_model_name) -%}
  {{ return(adapter.dispatch('resolve_model_name', 'dbt')(input_model_name)) }}
{%- endmacro %}

{% macro default__resolve_model_name(input_model_name) -%}
  {{ input_model_name }}
{%- endmacro %}
