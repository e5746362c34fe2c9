{{ config(database='side_for_tests', materialized='view') }} select * from {{ ref('other_database') }}
