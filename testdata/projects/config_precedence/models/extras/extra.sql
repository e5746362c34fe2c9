select * from {{ ref('off_by_folder') }}
