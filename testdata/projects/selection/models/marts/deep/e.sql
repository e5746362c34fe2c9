{{ config(group='people', access='private') }} select * from {{ ref('d1') }}
