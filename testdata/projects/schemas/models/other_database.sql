{{ config(database='side_for_tests', schema='far') }} select * from {{ ref('plain') }}
