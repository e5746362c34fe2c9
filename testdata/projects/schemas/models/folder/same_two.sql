{{ config(alias='same', schema='second') }} select 2 as here
