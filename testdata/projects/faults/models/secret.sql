{{ config(group='closed', access='private') }} select 1 as id
