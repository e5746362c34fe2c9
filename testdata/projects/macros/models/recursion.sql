select
    {{ factorial(10) }} as factorial_of_ten,
    {{ is_even(7) }} as seven_is_even,
    '{{ flatten([1, [2, [3, "four"]], []]) | join("-") }}' as flattened
