{#- Values print as Python does. -#}
select
    $${{ [1, 'two', none, true, 2.0] }}$$ as list,
    $${{ {'k': 'v', 'n': none} }}$$ as dict,
    $${{ (1, 'x') }}$$ as tuple,
    $${{ none }}$$ as nothing,
    $${{ 7 // 2 }} {{ 7 / 2 }} {{ -7 % 3 }} {{ 2 ** 10 }}$$ as arithmetic,
    $${{ 'a,b'.split(',') }}$$ as split,
    $${{ "it's" ~ ' ' ~ 1 ~ none }}$$ as concatenated,
    $${{ '%s-%03d' | format('x', 7) }}$$ as formatted,
    $${{ '{} {name}'.format('p', name='q') }}$$ as str_format,
    $${{ 'abc'[1:] }}{{ [1, 2, 3][-1] }}{{ 'Straße'.upper() }}$$ as slices
