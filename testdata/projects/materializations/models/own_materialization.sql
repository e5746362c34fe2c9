{{ config(materialized='twofold', factor=3) }}
select {{ config.get('factor') }} as factor
