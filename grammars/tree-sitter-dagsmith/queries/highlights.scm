; Colours for tags. The names of captures are those of Neovim and of the tree-sitter program; where two patterns match, the later one holds.

(comment) @comment

["{{" "}}" "{%" "%}"] @punctuation.special

(raw_block (start_tag) @punctuation.special)
(raw_block (end_tag) @punctuation.special)

; Names, from the most general to the most special.

(identifier) @variable

; What dbt gives every template, functions and values alike.
((identifier) @variable.builtin
  (#any-of? @variable.builtin
    "adapter" "api" "builtins" "compiled_code" "connection_name" "context" "database" "database_schemas" "dbt_metadata_envs"
    "dbt_version" "defer_relation" "env" "exceptions" "execute" "flags" "graph" "invocation_args_dict" "invocation_id" "kwargs" "loop" "model"
    "modules" "node" "post_hooks" "pre_hooks" "project_name" "results" "run_started_at" "schema" "schemas" "selected_resources" "sql"
    "sql_now" "target" "this" "thread_id" "validation" "varargs"))

(call function: (identifier) @function.call)

((call function: (identifier) @function.builtin)
  (#any-of? @function.builtin
    "as_bool" "as_native" "as_number" "as_text" "caller" "config" "cycler" "debug" "dict" "diff_of_two_dicts" "doc" "env_var" "fromjson" "fromyaml"
    "function" "in_transaction" "is_incremental" "joiner" "lipsum" "load_agate_table" "load_result" "local_md5" "log" "metric" "namespace"
    "partition_range" "print" "range" "ref" "render" "return" "run_query" "semantic_model" "set" "set_strict" "should_full_refresh" "source"
    "statement" "store_raw_result" "store_result" "submit_python_job" "tojson" "toyaml" "try_or_compiler_error" "var" "write" "zip"
    "zip_strict"))

; Members, and names of parameters, hide the built-ins of their names: `model.config`, `f(schema=1)`.
(attribute name: (_) @variable.member)
(call function: (attribute name: (identifier) @function.method.call))
(keyword_argument name: (identifier) @variable.parameter)
(parameters (identifier) @variable.parameter)
(default_parameter name: (identifier) @variable.parameter)

(filter filter: (identifier) @function.call)
(filter_block (start_tag filter: (identifier) @function.call))
(set_block (start_tag filter: (identifier) @function.call))

(test test: (identifier) @function.call)

(macro_block (start_tag name: (identifier) @function))
(test_block (start_tag name: (identifier) @function))
(materialization_block (start_tag name: (identifier) @function))
(snapshot_block (start_tag name: (identifier) @module))
(docs_block (start_tag name: (identifier) @label))

; Literals.

(string) @string
(escape_sequence) @string.escape
(integer) @number
(float) @number.float
(boolean) @boolean
(none) @constant.builtin

; Words of the language.

["if" "elif" "else" "endif"] @keyword.conditional
["for" "endfor" "recursive"] @keyword.repeat
["break" "continue"] @keyword.repeat
["macro" "endmacro" "test" "data_test" "endtest" "enddata_test" "materialization" "endmaterialization"] @keyword.function
["set" "endset" "do" "snapshot" "endsnapshot" "docs" "enddocs" "call" "endcall" "filter" "endfilter" "with" "endwith" "raw" "default"] @keyword
["and" "or" "not" "in" "is"] @keyword.operator

["=" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "//" "%" "**" "~" "|"] @operator

(splat ["*" "**"] @operator)

["(" ")" "[" "]" "{" "}"] @punctuation.bracket

["," "." ":"] @punctuation.delimiter
