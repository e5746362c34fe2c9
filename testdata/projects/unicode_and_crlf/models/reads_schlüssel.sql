select "ключ" as k, "値" as v from {{ ref("schlüssel") }}
