select c1.id from {{ ref('c1') }} as c1 join {{ ref('lone') }} as lone using (id) where false
