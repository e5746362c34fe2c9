select
    id,
    cast(price as decimal(10, 2)) as price,
    currency,
    [id, id + 1] as numbers,
    {'is_known': price is not null, 'label': 'é "' || currency || '"'} as details,
    date '2025-01-01' + id as since,
    timestamptz '2025-01-01 12:00:00+00' as seen_at,
    interval 3 days as lasts,
    uuid '00000000-0000-0000-0000-000000000007' as key,
    170141183460469231731687303715884105727::hugeint as huge,
    map {'a': 1} as counts,
    'x'::enum ('x', 'y') as kind,
    cast(null as blob) as picture
from (values (1, 12.5, 'EUR'), (2, 1.05, 'CHF'), (3, null, 'EUR')) as given (id, price, currency)
