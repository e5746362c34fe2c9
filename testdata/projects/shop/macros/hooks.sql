{# A line in ops.model_log about the model that is being built. #}
{% macro log_step(step) -%}
    insert into ops.model_log values ('{{ this.identifier }}', '{{ step | replace("'", "''") }}')
{%- endmacro %}


{# After a run: how many results of each status, by kind of node. Replaced by every run. #}
{% macro record_results(results) -%}
    {%- if execute -%}
        {%- set counts = {} -%}
        {%- for result in results -%}
            {%- set key = result.node.resource_type ~ '|' ~ result.status -%}
            {%- do counts.update({key: counts.get(key, 0) + 1}) -%}
        {%- endfor -%}
        create or replace table ops.last_run as
        select * from (values
            {%- for key, count in counts.items() | sort %}
            ('{{ key.split('|')[0] }}', '{{ key.split('|')[1] }}', {{ count }}),
            {%- endfor %}
            ('total', 'any', {{ results | length }})
        ) as counted(kind, status, results)
    {%- endif -%}
{%- endmacro %}


{#
    Stands in for the tool that lands web events: tables of the source `web` that no seed fills.
    The rows follow from their number alone, so every database gets the same ones; once there, they stay.
#}
{% macro land_web_events(visitors=400, events=6000) -%}
    create schema if not exists landing;

    create table if not exists landing.page_events as
    with numbered as (
        select
            n,
            -- visits come in bursts of up to eight events, some hours apart
            timestamp '2025-03-01 05:00:00' + to_minutes(cast((n // 8) * 410 + (n % 8) * (2 + (n * 31) % 9) as bigint)) as event_at
        from range({{ events }}) as numbers(n)
    )
    select
        'ev-' || lpad(cast(n as varchar), 6, '0') as event_id,
        'v' || lpad(cast(((n // 8) * 7919) % {{ visitors }} as varchar), 4, '0') as visitor_id,
        event_at,
        case n % 8 when 0 then 'page_view' when 6 then 'add_to_cart' when 7 then (case when n % 3 = 0 then 'checkout' else 'page_view' end) else 'page_view' end as event_type,
        case
            when n % 8 = 0 then '/'
            when n % 8 < 6 then '/products/' || cast(1001 + (n * 37) % 82 as varchar)
            else '/cart'
        end || case when n % 40 = 0 then '?utm_source=newsletter&utm_campaign=CMP-09' when n % 56 = 0 then '?utm_source=social&utm_campaign=CMP-03' else '' end as url,
        case when n % 8 > 0 then null when n % 5 = 0 then 'https://www.google.com/search?q=lantern' when n % 7 = 0 then 'https://blog.example.org/zelt-für-zwei' end as referrer,
        case (n // 8) % 4 when 0 then 'desktop' when 3 then 'tablet' else 'mobile' end as device
    from numbered;

    create table if not exists landing.visitor_identities as
    select
        'v' || lpad(cast(n as varchar), 4, '0') as visitor_id,
        cast(1 + (n * 53) % 620 as integer) as customer_id,
        timestamp '2025-03-01 05:00:00' + to_hours(n) as identified_at
    from range({{ visitors }}) as numbers(n)
    where n % 3 <> 1
{%- endmacro %}
