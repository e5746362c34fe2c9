{{ config(batch_size='month', begin='2024-01-15') }}
select id, happened_at, kind_name, '{{ model.batch.id if model.batch }}' as batch from {{ ref('kinds') }}
