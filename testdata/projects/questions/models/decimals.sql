{# What agate makes of numbers with a fraction, and Python of computing with them. #}
{%- set facts = [] -%}
{%- if execute -%}
{%- set row = run_query("select 10.50::decimal(10, 2) as a, 3 as b, 0.1::double as c, 7.0::double as d, 12.34::decimal(10, 2) as e, 1e20::double as f").rows[0] -%}
{%- set a, b, c, d, e = row['a'], row['b'], row['c'], row['d'], row['e'] -%}
{%- do facts.extend([
    a, b, c, d, row['f'], [a, b, {'c': c}], run_query("select date '2024-01-02'").rows[0].values() | list,
    a + b, 5 - a, a * b, a / b, 5 / a, a // b, -a // b, -a % b, a ** 2, 2 ** a, -a, +a, c + c + c,
    a > 3, 3 > a, a == 10.5, c == 0.1, c < 0.1, 0 < a <= 10.5, a == '10.50', a != none, a is gt 3, [a, e] | select('gt', 11) | list,
    a is number, a is integer, a is float, a is odd, a - d is even, d is divisibleby 7,
    a | int, a | float, a | round, e | round(1), a | round(1, 'floor'), -a | abs, a | string, [a, e] | map('int') | list,
    [a, b, e] | sum, [a, b, e] | max, [a, b] | min, [e, a] | sort, [a, b] | join(','), [a, e] | map('string') | join(' '),
    "%.1f %d %s %e" % (a, a, a, a), "{} {:>8} {:,.1f} {x:.1%}".format(a, a, a * 1000, x=c),
    a.normalize(), a.quantize(b), a.is_nan(), 'none' if a - a else 'zero', -7 // 2, -7 % 3, 7 // 2.0, 2 ** -1, 'ab' * b, [1] * 2, a ~ '',
]) -%}
{%- endif -%}
{%- for fact in facts %}
select {{ loop.index }} as id, '{{ fact | string | replace("'", '"') }}' as fact
{{- ' union all' if not loop.last }}
{%- endfor %}
