select id, {{ 1 if var('broken') else 'id' }} as other from {{ ref('early') }}
