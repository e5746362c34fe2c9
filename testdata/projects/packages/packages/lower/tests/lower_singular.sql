select * from {{ ref('lower_model') }} where k is null
