{{ config(tags=['marketing'], meta={'owner': '@growth'}) }}

select
    campaign_id,
    name as campaign_name,
    channel,
    started_on,
    ended_on,
    budget
from {{ ref('raw_campaigns') }}
