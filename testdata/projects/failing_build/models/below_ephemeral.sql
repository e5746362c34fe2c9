select * from {{ ref('ephemeral_below_failure') }}
