select * from {{ ref('stg_payments') }} cross join {{ ref('independent') }} where false
