from shop_prices import in_dollars


def model(dbt, session):
    return in_dollars(dbt.ref("prices"), dbt.source("landed", "rates"))
