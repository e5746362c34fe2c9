{{ config(alias='user') }} select "Id", "select", "group" from {{ ref('mixed') }}
