{{ config(alias='secret_things') }} select 7 as id
