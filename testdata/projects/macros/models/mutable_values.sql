{%- set list = [3, 1] -%}
{%- do list.append(2) -%}
{%- do add_to(list, 9) -%}
{%- do list.insert(0, 7) -%}
{%- set popped = list.pop() -%}
{%- set alias = list -%}
{%- do alias.extend([4, 4]) -%}
{%- do list.remove(1) -%}
{%- set dict = {'a': 1} -%}
{%- do dict.update({'b': [2]}) -%}
{%- do dict['b'].append(3) -%}
{%- set _ = dict.setdefault('c', 5) -%}
{%- set gone = dict.pop('a') -%}
select
    '{{ list }}' as list,
    {{ popped }} as popped,
    '{{ list | sort | join(",") }}' as sorted_copy,
    {{ list.index(2) }} as position_of_two,
    {{ list.count(4) }} as fours,
    '{{ dict.keys() | join(",") }}' as keys,
    '{{ dict.get("zzz", "fallback") }}' as missing,
    {{ gone }} as gone,
    '{{ dict["b"] | join("+") }}' as inner_list,
    '{{ dict.items() | list | length }}' as items
