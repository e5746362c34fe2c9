{{ config(materialized='incremental', unique_key='movement_id') }}

select movements.*, warehouses.warehouse_code
from {{ ref('stg_inventory_movements') }} as movements
inner join {{ ref('stg_warehouses') }} as warehouses using (warehouse_id)
where movements.moved_on < date '{{ var("load_through") }}'
{% if is_incremental() %}
    and movements.movement_id > (select coalesce(max(movement_id), 0) from {{ this }})
{% endif %}
