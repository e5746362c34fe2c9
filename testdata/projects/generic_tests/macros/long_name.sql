{% test a_very_long_name_for_a_test_that_leads_to_an_identifier_beyond_what_databases_take(model, column_name, first_argument_of_the_test, second_argument) %}
    select {{ column_name }} from {{ model }} where {{ column_name }} = '{{ first_argument_of_the_test }}' or {{ second_argument | length }} = 0
{% endtest %}
