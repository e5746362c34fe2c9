select *
from {{ ref('good') }}
{% if true %}
where id = 1
