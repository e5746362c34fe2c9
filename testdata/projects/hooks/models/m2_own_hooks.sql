{{ config(
    pre_hook=["{{ note('before by file') }}", quiet_hook()],
    post_hook={'sql': "insert into {{ this }} values (99)", 'transaction': true},
) }}
select * from {{ ref('m1_plain') }}
