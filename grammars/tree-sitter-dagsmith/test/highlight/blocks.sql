{% macro cents(column, digits=2, schema=none) %}{% do return(column) %}{% endmacro %}
{# ^ keyword.function #}
{#       ^ function #}
{#             ^ variable.parameter #}
{#                     ^ variable.parameter #}
{#                            ^ number #}
{#                               ^ variable.parameter #}
{#                                                 ^ keyword #}
{#                                                    ^ function.builtin #}
{#                                                           ^ variable #}
{#                                                                        ^ keyword.function #}

{% test positive(model) %}{{ model }}{% endtest %}
{# ^ keyword.function #}
{#      ^ function #}
{#               ^ variable.parameter #}
{#                           ^ variable.builtin #}
{#                                      ^ keyword.function #}

{% materialization t, default %}{% endmaterialization %}
{# ^ keyword.function #}
{#                    ^ keyword #}
{#                                 ^ keyword.function #}

{% snapshot orders %}{% endsnapshot %}
{# ^ keyword #}
{#          ^ module #}
{#                      ^ keyword #}

{% docs orders %}text{% enddocs %}
{# ^ keyword #}
{#      ^ label #}
{#                      ^ keyword #}

{% call(row) statement('main') %}{% endcall %}
{# ^ keyword #}
{#      ^ variable.parameter #}
{#           ^ function.builtin #}
{#                                  ^ keyword #}

{% filter upper %}{% endfilter %}{% raw %}{{ a }}{% endraw %}
{# ^ keyword #}
{#        ^ function.call #}
{#                   ^ keyword #}
{#                                  ^ keyword #}
{#                                               ^ punctuation.special #}

{% if a %}{% for b in c %}{% break %}{% with d = 1 %}{% endwith %}{% endfor %}
{# ^ keyword.conditional #}
{#           ^ keyword.repeat #}
{#                           ^ keyword.repeat #}
{#                                      ^ keyword #}
{#                                           ^ variable.parameter #}
