-- Left here on purpose: .dbtignore keeps it out of the project.
select * from {{ ref('no_such_model') }}
