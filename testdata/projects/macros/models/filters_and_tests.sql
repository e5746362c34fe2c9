{% set people = [{'name': 'Ann', 'age': 30}, {'name': 'Bob', 'age': 20}, {'name': 'Cy', 'age': 30}] %}
select
    '{{ people | map(attribute="name") | join(",") }}' as names,
    '{{ people | selectattr("age", "equalto", 30) | map(attribute="name") | list | length }}' as thirties,
    '{{ people | sort(attribute="age") | map(attribute="name") | first }}' as youngest,
    '{% for age, group in people | groupby("age") %}{{ age }}:{{ group | length }} {% endfor %}' as by_age,
    '{{ ["b", "a", "b"] | unique | list | join("") }}' as unique_letters,
    '{{ [3, 1, 2] | sum }} {{ [3, 1, 2] | max }} {{ range(0, 10, 3) | list | join("/") }}' as numbers,
    '{{ "  x  " | trim }}|{{ "abc" | replace("b", "-") }}|{{ "a b" | title }}|{{ undefined_name | default("d") }}' as texts,
    '{{ "1" is string }} {{ 1 is number }} {{ [] is sequence }} {{ {} is mapping }} {{ x is defined }}' as tests,
    '{{ [[1, 2], [3]] | batch(1) | list | length }}{{ "x" if [] else "y" }}{{ "a" in "cat" }}' as others
