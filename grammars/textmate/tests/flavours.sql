-- SYNTAX TEST "source.sql" "SQL stays SQL, whatever its flavour, and tags are found in its strings and comments"

select id::int, {'a': 1} as struct, [1, 2], m['k'], -- DuckDB {{ x }}
-- <------ keyword.other.DML.sql - meta.embedded.jinja
--                                                  ^^^^^^^^^ comment.line.double-dash.sql
--                                                               ^ comment.line.double-dash.sql meta.embedded.jinja meta.expression.jinja variable.other.jinja
from read_csv('*.csv') qualify row_number() over () = 1
-- <---- keyword.other.DML.sql - meta.embedded.jinja
--            ^^^^^^^ string.quoted.single.sql - meta.embedded.jinja
--                             ^^^^^^^^^^ support.function.ranking.sql
select data:field.name::string, $1 from {{ source('s', 't') }}, lateral flatten(input => data) -- Snowflake
-- <------ keyword.other.DML.sql - meta.embedded.jinja
--                                 ^^^^ keyword.other.DML.sql - meta.embedded.jinja
--                                         ^^^^^^ support.function.builtin.jinja
--                                                              ^^^^^^^ - meta.embedded.jinja
--                                                                                             ^^^^^^^^^^^^ comment.line.double-dash.sql
select * except (a) from `project.{{ target.dataset }}.table` where day = '{{ var('day') }}' and x = 'a' -- BigQuery
-- <------ keyword.other.DML.sql - meta.embedded.jinja
--                  ^^^^ keyword.other.DML.sql - meta.embedded.jinja
--                       ^^^^^^^^^ string.quoted.other.backtick.sql - meta.embedded.jinja
--                                          ^^^^^^^ variable.other.property.jinja
--                                                    ^^^^^^^ string.quoted.other.backtick.sql - meta.embedded.jinja
--                                                            ^^^^^ keyword.other.DML.sql - string
--                                                                            ^^^ support.function.builtin.jinja
--                                                                                ^^^^^ string.quoted.single.jinja
--                                                                                           ^^^ - string
--                                                                                                   ^^^ string.quoted.single.sql - meta.embedded.jinja
--                                                                                                       ^^^^^^^^^^^ comment.line.double-dash.sql
select $$ text $$, '{ "json": {} }', "quoted {{ name }}" from t where a ~ '^{' and b @> array[1] -- PostgreSQL
-- <------ keyword.other.DML.sql - meta.embedded.jinja
--                 ^^^^^^^^^^^^^^^^ string.quoted.single.sql - meta.embedded.jinja
--                                              ^^^^ string.quoted.double.sql meta.embedded.jinja meta.expression.jinja variable.other.jinja
--                                                       ^^^^ keyword.other.DML.sql - string
--                                                                        ^^^^ string.quoted.single.sql - meta.embedded.jinja
--                                                                             ^^^ - meta.embedded.jinja
--                                                                                               ^^^^^^^^^^^^^ comment.line.double-dash.sql
-- it's {{ x }}'s
--         ^ variable.other.jinja
--             ^^ comment.line.double-dash.sql - string
select '{{ a }}', '{{ b }}', 'c'
--         ^ variable.other.jinja
--              ^^ - string
--                    ^ variable.other.jinja
--                           ^^^ string.quoted.single.sql
