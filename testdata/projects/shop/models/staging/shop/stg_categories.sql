-- depends_on: {{ ref('raw_categories') }}
select
    child.category_id,
    child.name as category_name,
    child.parent_id,
    coalesce(grandparent.name, parent.name, child.name) as department,
    concat_ws(' / ', grandparent.name, parent.name, child.name) as category_path
from {{ source('shop', 'categories') }} as child
left join {{ source('shop', 'categories') }} as parent on child.parent_id = parent.category_id
left join {{ source('shop', 'categories') }} as grandparent on parent.parent_id = grandparent.category_id
