select a.id from {{ ref('appended') }} as a join {{ ref('late') }} using (id)
