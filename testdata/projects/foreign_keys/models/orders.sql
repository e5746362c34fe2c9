select 10 as id, 1 as customer_id, 2 as region, 7 as product_id
