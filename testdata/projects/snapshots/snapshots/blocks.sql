{% snapshot in_a_block %}
    {{ config(target_schema='history', strategy='check', unique_key="id || part", check_cols=['name', 'amount'], invalidate_hard_deletes=true) }}
    select id, part, name, amount from {{ ref('people') }}
{% endsnapshot %}

{% snapshot second_block %}
    {{ config(schema='more', alias='renamed', strategy='timestamp', unique_key='id', updated_at='changed_at') }}
    select * from {{ ref('people') }} where id > 1
{% endsnapshot %}
