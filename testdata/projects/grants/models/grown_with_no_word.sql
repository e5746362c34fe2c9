{#- Without a word on grants nothing is revoked either, but for those that come with the folder. -#}
{{ config(materialized='incremental', grants={} if var('readers') == 'few' else {'select': []}) }}
select * from {{ ref('colours') }}
