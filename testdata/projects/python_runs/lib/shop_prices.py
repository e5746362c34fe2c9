"""What models share, found through `module_paths`."""


def in_dollars(prices, rates):
    joined = prices.set_alias("p").join(rates.set_alias("r"), "p.currency = r.currency")
    return joined.project("p.id, cast(p.price * r.rate as decimal(12, 4)) as dollars")
