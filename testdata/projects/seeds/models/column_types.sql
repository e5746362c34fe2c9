-- depends_on: {{ ref('typed') }} {{ ref('inferred') }} {{ ref('looks_like_null') }} {{ ref('semicolons') }} {{ ref('tabs') }} {{ ref('pipes') }}
-- depends_on: {{ ref('quoting') }} {{ ref('quoted_names') }} {{ ref('partly_typed') }} {{ ref('only_a_header') }} {{ ref('windows_lines') }}
-- depends_on: {{ ref('with_bom') }} {{ ref('times') }} {{ ref('numbers') }} {{ ref('flags') }} {{ ref('small') }} {{ ref('no_newline_at_end') }} {{ ref('inserted') }}
-- depends_on: {{ ref('reads_a_seed') }}
{{ config(materialized='table') }}
select table_schema, table_name, column_name, data_type, ordinal_position
from information_schema.columns
where table_catalog = '{{ this.database }}' and table_name not like '{{ this.identifier }}%'
