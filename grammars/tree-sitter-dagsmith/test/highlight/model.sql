{{ config(materialized='table', tags=["a", 1, true, none], alias=1.5) }}
{# <- punctuation.special #}
{# ^ function.builtin #}
{#       ^ punctuation.bracket #}
{#        ^ variable.parameter #}
{#                    ^ operator #}
{#                     ^ string #}
{#                            ^ punctuation.delimiter #}
{#                                   ^ punctuation.bracket #}
{#                                    ^ string #}
{#                                         ^ number #}
{#                                            ^ boolean #}
{#                                                  ^ constant.builtin #}
{#                                                         ^ variable.parameter #}
{#                                                               ^ number.float #}
{#                                                                    ^ punctuation.special #}

{%- set totals = dbt_utils.get_column_values(ref('orders'), 'status') | sort -%}
{# <- punctuation.special #}
{#  ^ keyword #}
{#      ^ variable #}
{#             ^ operator #}
{#               ^ variable #}
{#                        ^ punctuation.delimiter #}
{#                         ^ function.method.call #}
{#                                           ^ function.builtin #}
{#                                                                    ^ operator #}
{#                                                                      ^ function.call #}
{#                                                                           ^ punctuation.special #}

{% for status in totals if not loop.last and status is string %}
{# ^ keyword.repeat #}
{#     ^ variable #}
{#            ^ keyword.operator #}
{#                      ^ keyword.conditional #}
{#                         ^ keyword.operator #}
{#                             ^ variable.builtin #}
{#                                  ^ variable.member #}
{#                                       ^ keyword.operator #}
{#                                                  ^ keyword.operator #}
{#                                                     ^ function.call #}

    {{ this.schema }} {{ adapter.quote(model.config.alias ~ "_\n") }}
{#     ^ variable.builtin #}
{#          ^ variable.member #}
{#                       ^ variable.builtin #}
{#                               ^ function.method.call #}
{#                                     ^ variable.builtin #}
{#                                           ^ variable.member #}
{#                                                        ^ operator #}
{#                                                            ^ string.escape #}

{% endfor %}
{# ^ keyword.repeat #}

{% if is_incremental() %}{% elif execute %}{% else %}{% endif %}
{# ^ keyword.conditional #}
{#    ^ function.builtin #}
{#                          ^ keyword.conditional #}
{#                               ^ variable.builtin #}
{#                                            ^ keyword.conditional #}
{#                                                      ^ keyword.conditional #}
