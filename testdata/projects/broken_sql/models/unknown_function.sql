{% set times = 2 %}
select
    {% for n in range(times) %}
    no_such_function(id) as f{{ n }},
    {% endfor %}
    id
from {{ ref('good') }}
