select
    '{{ count_arguments(1, 2, 3, x=4) }}' as counted,
    '{{ show_arguments("a") }}' as defaulted,
    '{{ show_arguments("a", "b", "c", 4, key="v", other=none) }}' as all_kinds,
    '{{ forwards("a", second="b", third="c") }}' as forwarded,
    '{{ greet() }}' as greeting,
    '{{ greet("Ann", times=1) }}' as one_greeting
