select {{ function('tripled') }}(2) as six, {{ function('functions', 'doubled') }}(1) as two
