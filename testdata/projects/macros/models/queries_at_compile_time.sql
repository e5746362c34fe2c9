{#- While parsing there is no answer, so that the loop must work on nothing. -#}
{% set found = run_query("select * from (values (1, 'one'), (2, 'two')) as t(n, word) order by n") %}
{% if execute %}
    {% set columns = found.column_names %}
    {% set words = found.columns['word'].values() %}
    {% set numbers = found.columns[0].values() %}
{% else %}
    {% set columns, words, numbers = [], [], [] %}
{% endif %}
{% call statement('answer', fetch_result=true) %}select 6 * 7 as n, 'x' as letter{% endcall %}
{% set answer = load_result('answer') %}

select
    '{{ columns | join(",") }}' as columns,
    '{% for word in words %}{{ word }} {% endfor %}' as words,
    {{ numbers | sum }} as total,
    {% if execute %}
    {{ found.rows | length }} as row_count,
    '{% for row in found %}{{ row[0] }}{{ row['word'] }}{{ row.word }};{% endfor %}' as by_row,
    {{ answer['data'][0][0] }} as answer,
    '{{ answer['table'].columns[1].values()[0] }}' as letter,
    '{{ joined_words(found) }}' as from_macro
    {% else %}
    0 as row_count
    {% endif %}
