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
    A visit has one to eight events; `luck` is its own number between 0 and 999.
#}
{% macro land_web_events(visitors=420, visits=1800) -%}
    create schema if not exists landing;

    create table if not exists landing.page_events as
    with visits as (
        select
            visit,
            (visit * 7919 + visit * visit * 31) % 1000 as luck,
            (visit * 104729) % {{ visitors }} as visitor,
            timestamp '2025-03-01 05:00:00' + to_minutes(cast(visit * 170 + (visit * 379) % 160 as bigint)) as started_at
        from range({{ visits }}) as numbers(visit)
    ),

    events as (
        select *, 1 + (luck * 7) % 8 as events_in_visit, (luck * luck + step * 37 + visit) % 82 as spread
        from visits
        cross join range(8) as steps(step)
    )

    select
        'ev-' || lpad(cast(visit * 8 + step as varchar), 6, '0') as event_id,
        'v' || lpad(cast(visitor as varchar), 4, '0') as visitor_id,
        started_at + to_seconds(cast(step * (41 + luck % 90) as bigint)) as event_at,
        case
            when events_in_visit >= 4 and step = events_in_visit - 2 then 'add_to_cart'
            when events_in_visit >= 5 and step = events_in_visit - 1 and luck % 3 = 0 then 'checkout'
            else 'page_view'
        end as event_type,
        case
            when step = 0 and luck % 4 < 3 then '/'
            when events_in_visit >= 4 and step >= events_in_visit - 2 then '/cart'
            else '/products/' || cast(1001 + (spread * spread) // 82 as varchar)
        end || case
            when step > 0 then ''
            when luck < 120 then '?utm_source=newsletter&utm_campaign=CMP-' || ['09', '10', '12'][1 + visit % 3]
            when luck < 260 then '?utm_source=social&utm_campaign=CMP-' || ['03', '07', '11'][1 + visit % 3]
            else ''
        end as url,
        case
            when step > 0 or luck < 260 then null
            when luck < 520 then 'https://www.google.com/search?q=lantern'
            when luck < 600 then 'https://blog.example.org/zelt-für-zwei'
        end as referrer,
        case when visit * 37 % 10 < 5 then 'mobile' when visit * 37 % 10 < 9 then 'desktop' else 'tablet' end as device
    from events
    where step < events_in_visit;

    create table if not exists landing.visitor_identities as
    select
        'v' || lpad(cast(n as varchar), 4, '0') as visitor_id,
        cast(1 + (n * 53) % 620 as integer) as customer_id,
        timestamp '2025-03-01 05:00:00' + to_hours(n) as identified_at
    from range({{ visitors }}) as numbers(n)
    where n % 3 <> 1
{%- endmacro %}
