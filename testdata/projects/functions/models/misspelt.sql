{{ config(enabled=var('wrong') == 'name') }}
select {{ function('trippled') }}(2) as six
