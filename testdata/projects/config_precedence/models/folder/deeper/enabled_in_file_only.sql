{{ config(enabled=var('run_extras', true), materialized='view') }}
select {{ config.get('materialized') == 'view' }} as is_view, '{{ config.get("not_there", default="fallback") }}' as fallback, '{{ config.require("materialized") }}' as required
