{#-
  Python models: the code that stores the data frame which the model's function returned. The runner calls
  `materialize(df, con)` with its connection, so the table is made in the model's transaction.
-#}

{% macro py_write_table(temporary, relation, compiled_code, partitioned_by=none, sorted_by=none) %}
{{ compiled_code }}

def materialize(df, con):
    try:
        import pyarrow
        if isinstance(df, pyarrow.Table):
            # DuckDB scans a table through this module but does not import it.
            import pyarrow.dataset
    except ImportError:
        pass
    frame = '__dbt_python_model_df_{{ relation.identifier }}'
    con.register(frame, df)
  {%- if partitioned_by or sorted_by %}
    con.execute('create table {{ relation.render() }} as select * from ' + frame + ' limit 0')
    {%- if partitioned_by %}
    con.execute('alter table {{ relation.render() }} set partitioned by ({{ partitioned_by }})')
    {%- endif %}
    {%- if sorted_by %}
    con.execute('alter table {{ relation.render() }} set sorted by ({{ sorted_by }})')
    {%- endif %}
    con.execute('insert into {{ relation.render() }} select * from ' + frame)
  {%- else %}
    con.execute('create table {{ relation.render() }} as select * from ' + frame)
  {%- endif %}
    con.unregister(frame)
{% endmacro %}
