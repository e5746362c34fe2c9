-- depends_on: {{ ref("letters") }}
{% set found = run_query("select id, letter, amount, seen_on from " ~ ref('letters') ~ " order by id") if execute else none %}
{% set facts = {} %}
{% if execute %}
    {% do facts.update({'names': found.column_names, 'n': found.rows | length, 'first': found.rows[0].values()[1], 'as dict': found.rows[1].dict()['letter']}) %}
    {% do facts.update({'letters': found.columns['letter'].values(), 'by number': found.columns[0].values(), 'by name': found.rows[2]['letter']}) %}
    {% do facts.update({'selected': found.select(['letter']).column_names, 'excluded': found.exclude(['letter', 'amount', 'seen_on']).column_names}) %}
    {% do facts.update({'renamed': found.rename(column_names=['a', 'b', 'c', 'd']).column_names, 'limited': found.limit(2).rows | length}) %}
    {% do facts.update({'years': found.columns['seen_on'].values() | map(attribute='year') | list, 'distinct': found.columns['letter'].values_distinct() | sort}) %}
    {% do facts.update({'without nulls': found.columns['amount'].values_without_nulls() | length}) %}
    {% do facts.update({'ordered': found.order_by('id', reverse=true).columns[0].values()}) %}
    {% do facts.update({'keys': found.rows[0].keys(), 'get': found.rows[0].get('letter'), 'none': found.rows[0].get('nothing')}) %}
    {% do store_result('mine', response='fine', agate_table=found) %}{% set mine = load_result('mine') %}
    {% do facts.update({'stored': mine.table.column_names, 'response': mine.response}) %}
    {% do store_raw_result('raw', message='said', code='0', rows_affected=3, agate_table=none) %}
    {% do facts.update({'raw': load_result('raw').response.rows_affected}) %}
    {% do facts.update({'value': dbt_utils_like_value("select max(id) from " ~ ref('letters'))}) %}
{% endif %}
select
    {%- for name, value in facts.items() %}
    $${{ value }}$$ as {{ adapter.quote(name) }},
    {%- endfor %}
    1 as id
