{{ config(volatility='deterministic', meta={'owner': 'us'}) }}
select {{ function('doubled') }}(x) + x
