select * from {{ ref('ephemeral_by_folder') }}
