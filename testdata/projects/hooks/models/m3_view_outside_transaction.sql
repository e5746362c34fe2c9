{{ config(materialized='view', pre_hook=before_begin("{{ note('before begin') }}"), post_hook=[after_commit("{{ note('after commit') }}"), "{{ note('in transaction') }}"]) }}
-- depends_on: {{ ref('m2_own_hooks') }}
select count(*) as n from {{ ref('m2_own_hooks') }}
