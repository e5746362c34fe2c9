#!/usr/bin/env python3
"""Write the CSV files under seeds/: two years of a small home-and-outdoor shop.

The random generator is seeded, so the same script always writes the same bytes; run it again
only when the shop itself should change. It keeps every reference between the files whole: the
broken data that tests need is made elsewhere, in a copy.
"""
import csv
import datetime as dt
import random
from pathlib import Path

RNG = random.Random(20240101)
SEEDS = Path(__file__).resolve().parent.parent / "seeds"
FIRST_DAY, LAST_DAY = dt.date(2024, 1, 1), dt.date(2025, 9, 30)

COUNTRIES = [  # code, name, region, currency, standard VAT rate, weight among customers
    ("AT", "Österreich", "DACH", "EUR", "0.20", 6), ("BE", "België / Belgique", "Benelux", "EUR", "0.21", 4),
    ("CH", "Schweiz / Suisse", "DACH", "CHF", "0.081", 6), ("CZ", "Česko", "Central Europe", "CZK", "0.21", 4),
    ("DE", "Deutschland", "DACH", "EUR", "0.19", 22), ("DK", "Danmark", "Nordics", "DKK", "0.25", 4),
    ("ES", "España", "Southern Europe", "EUR", "0.21", 6), ("FI", "Suomi", "Nordics", "EUR", "0.255", 2),
    ("FR", "France", "France", "EUR", "0.20", 12), ("GB", "United Kingdom", "British Isles", "GBP", "0.20", 10),
    ("GR", "Ελλάδα", "Southern Europe", "EUR", "0.24", 2), ("IE", "Éire", "British Isles", "EUR", "0.23", 2),
    ("IT", "Italia", "Southern Europe", "EUR", "0.22", 6), ("JP", "日本", "Overseas", "JPY", "0.10", 2),
    ("NA", "Namibia", "Overseas", "EUR", "0.15", 1), ("NL", "Nederland", "Benelux", "EUR", "0.21", 7),
    ("PL", "Polska", "Central Europe", "PLN", "0.23", 5), ("PT", "Portugal", "Southern Europe", "EUR", "0.23", 2),
    ("SE", "Sverige", "Nordics", "SEK", "0.25", 4), ("UA", "Україна", "Central Europe", "EUR", "0.20", 2),
]
CURRENCIES = {"EUR": 1.0, "GBP": 1.17, "CHF": 1.05, "SEK": 0.088, "DKK": 0.134, "PLN": 0.233, "CZK": 0.0401, "JPY": 0.0061}

PEOPLE = {
    "DE": (["Lena", "Jörg", "Käthe", "Moritz", "Anneliese", "Günther", "Özlem", "Till"], ["Müller", "Schäfer", "Weiß", "Krüger", "Yıldız", "von der Heide", "Bäcker"], ["Berlin", "München", "Köln", "Lübeck"]),
    "FR": (["Amélie", "Hugo", "Zoé", "François", "Maëlle", "Loïc"], ["Lefèvre", "Dubois", "D'Aubigné", "Noël", "Moreau"], ["Paris", "Orléans", "Nîmes", "Besançon"]),
    "GB": (["Oliver", "Sian", "Priya", "Callum", "Niamh", "Mary-Jane"], ["O'Neill", "Smith", "Patel", "MacLeod", "Featherstone-Haugh"], ["London", "Leeds", "Stoke-on-Trent", "Cardiff"]),
    "ES": (["Íñigo", "Begoña", "Mateo", "Lucía"], ["Núñez", "García Márquez", "Peña", "Ibáñez"], ["A Coruña", "Cádiz", "Madrid"]),
    "PL": (["Łukasz", "Małgorzata", "Zofia", "Wojciech"], ["Wiśniewska", "Dąbrowski", "Żak", "Kowalczyk"], ["Łódź", "Kraków", "Wrocław"]),
    "CZ": (["Jiří", "Kateřina", "Ondřej"], ["Dvořák", "Nováková", "Říha"], ["Praha", "Plzeň", "České Budějovice"]),
    "SE": (["Åsa", "Björn", "Linnéa"], ["Sjöberg", "Öberg", "Lindqvist"], ["Malmö", "Göteborg", "Umeå"]),
    "DK": (["Søren", "Mette", "Åge"], ["Kjær", "Østergaard", "Møller"], ["Aarhus", "København", "Helsingør"]),
    "GR": (["Ελένη", "Νίκος"], ["Παπαδόπουλος", "Γεωργίου"], ["Αθήνα", "Θεσσαλονίκη"]),
    "UA": (["Оксана", "Тарас"], ["Шевчук", "Коваленко"], ["Київ", "Львів"]),
    "JP": (["さくら", "大翔", "美咲"], ["佐藤", "高橋", "渡辺"], ["東京", "大阪"]),
}
ANYONE = (["Anna", "Luca", "Noor", "Sofia", "Jan", "Eva", "Milan", "Ines"], ["de Vries", "Rossi", "Janssens", "Silva", "Huber", "Virtanen", "Keller"], ["Centrum", "Porto", "Graz", "Gent", "Bern", "Utrecht", "Bologna"])

CATEGORIES = [  # id, name, parent
    (1, "Home", None), (2, "Outdoor", None), (3, "Workshop", None),
    (10, "Lighting", 1), (11, "Kitchen", 1), (12, "Textiles", 1), (13, "Café & Tea", 11),
    (20, "Tents", 2), (21, "Cooking outdoors", 2), (22, "Packs & bags", 2),
    (30, "Hand tools", 3), (31, "Fixings", 3), (40, "Gift cards", None),
]
PRODUCT_WORDS = {
    10: ["Desk lamp", "Storm lantern", "Reading light", "Pendant, smoked glass"], 11: ["Cast-iron pan 28 cm", "Chef's knife", "Mixing bowl", "Oak board"],
    12: ["Wool blanket", "Linen towel", "Cushion \"Fjäll\"", "Bath mat"], 13: ["Moka pot", "Teapot 1.2 l", "Hand grinder", "Crème brûlée set"],
    20: ["Tent for two", "Tarp 3×3 m", "Ground sheet", "Peg set (12)"], 21: ["Gas stove", "Titanium mug", "Dutch oven", "Spork"],
    22: ["Day pack 22 l", "Duffel 60 l", "Dry bag", "Hip pouch"], 30: ["Block plane", "Japanese saw", "Chisel ½\"", "Spirit level"],
    31: ["Screws 4×40 (200)", "Wall anchors", "Brass hooks", "Wood glue"], 40: ["Gift card 25", "Gift card 50"],
}
VARIANTS = ["", ", green", ", anthracite", ", natural"]
CHANNELS = [("web", 58), ("app", 27), ("marketplace", 11), ("phone", 4)]
METHODS = [("card", 50), ("paypal", 25), ("bank_transfer", 12), ("invoice", 8), ("gift_card", 5)]


def pick(weighted):
    return RNG.choices([w[0] for w in weighted], [w[-1] for w in weighted])[0]


def day_between(start, end):
    return start + dt.timedelta(days=RNG.randrange((end - start).days + 1))


def moment_on(day):
    hour = RNG.choices(range(24), [1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 10, 12, 11, 9, 9, 10, 12, 14, 16, 17, 13, 8, 3])[0]
    return dt.datetime(day.year, day.month, day.day, hour, RNG.randrange(60), RNG.randrange(60))


def later(moment, low_hours, high_hours):
    return moment + dt.timedelta(minutes=RNG.randrange(low_hours * 60, high_hours * 60))


def write(folder, name, header, rows, delimiter=","):
    path = SEEDS / folder / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows([["" if v is None else str(v).lower() if isinstance(v, bool) else v for v in row] for row in rows])
    print(f"{path.relative_to(SEEDS)}: {len(rows)} rows, {path.stat().st_size} bytes")


def customers(count):
    rows = []
    for n in range(1, count + 1):
        country = pick([(c[0], c[-1]) for c in COUNTRIES])
        first, last, city = (RNG.choice(words) for words in PEOPLE.get(country, ANYONE))
        signed_up = moment_on(day_between(FIRST_DAY - dt.timedelta(days=120), LAST_DAY - dt.timedelta(days=20)))
        email = None if RNG.random() < 0.03 else f"customer{n:04d}@{RNG.choice(['example.com', 'Example.org', 'mail.example.net'])}"
        born = None if RNG.random() < 0.35 else day_between(dt.date(1948, 1, 1), dt.date(2006, 12, 31))
        referrer = RNG.randrange(1, n) if n > 20 and RNG.random() < 0.12 else None
        rows.append((n, first, last, email, country, city, signed_up, RNG.random() < 0.6, born, referrer))
    return rows


def products():
    rows, number = [], 0
    for category, names in PRODUCT_WORDS.items():
        for name in names:
            for variant in VARIANTS if category in (12, 20, 22) else VARIANTS[:2] if category in (10, 11) else [""]:
                number += 1
                price = 25 if name.endswith("25") else 50 if name.endswith("50") else RNG.choice([4.9, 7.5, 12, 19.9, 24.9, 34, 49, 79.9, 129, 249])
                cost = round(price * RNG.uniform(0.38, 0.7), 2)
                launched = day_between(FIRST_DAY - dt.timedelta(days=400), LAST_DAY - dt.timedelta(days=200))
                gone = day_between(launched + dt.timedelta(days=150), LAST_DAY) if RNG.random() < 0.1 else None
                weight = None if category == 40 else RNG.randrange(40, 6200, 5)
                rows.append((1000 + number, f"{category:02d}-{number:03d}", name + variant, category, RNG.randrange(1, 13) if category != 40 else None,
                             f"{cost:.2f}", f"{price:.2f}", weight, gone is None, launched, gone))
    return rows


def coupons():
    rows = [("WELCOME10", "percent", "10.00", FIRST_DAY, None, None)]
    for n, (code, kind, value) in enumerate([("SPRING24", "percent", "15.00"), ("ÉTÉ24", "percent", "12.50"), ("NIKOLAUS", "fixed", "6.12"), ("BLACK24", "percent", "25.00"),
                                             ("JAN25", "fixed", "10.00"), ("SPRING25", "percent", "15.00"), ("SHIPFREE", "shipping", "0.00"), ("SUMMER25", "percent", "20.00")]):
        start = FIRST_DAY + dt.timedelta(days=70 * (n + 1))
        rows.append((code, kind, value, start, start + dt.timedelta(days=30), 1 if kind == "fixed" else None))
    return rows


def sales(people, goods, codes):
    """Orders with everything that hangs on them."""
    orders, items, payments, refunds, returns, shipments = [], [], [], [], [], []
    keen = [RNG.paretovariate(1.3) for _ in people]
    currency_of = {c[0]: c[3] for c in COUNTRIES}
    days = (LAST_DAY - FIRST_DAY).days
    moments = sorted(moment_on(FIRST_DAY + dt.timedelta(days=int(days * RNG.random() ** 0.75))) for _ in range(2600))
    for number, moment in enumerate(moments, start=50001):
        open_to = [(p, k) for p, k in zip(people, keen) if p[6] <= moment]
        person = RNG.choices([p for p, _ in open_to], [k for _, k in open_to])[0]
        status = pick([("completed", 78), ("shipped", 6), ("cancelled", 7), ("returned", 5), ("placed", 4)])
        if status in ("placed", "shipped") and moment.date() < LAST_DAY - dt.timedelta(days=45):
            status = "completed"
        valid = [c[0] for c in codes if c[3] <= moment.date() and (c[4] is None or moment.date() <= c[4])]
        coupon = RNG.choice(valid) if RNG.random() < 0.14 else None
        currency = currency_of[person[4]]
        per_euro = 1 / CURRENCIES[currency]
        shipping = round(RNG.choice([0, 0, 390, 490, 690, 1290]) * per_euro)
        orders.append((number, person[0], moment, status, pick(CHANNELS), currency, coupon, shipping, person[4] if RNG.random() < 0.97 else "DE",
                       "gift wrap, please" if RNG.random() < 0.02 else 'leave at "no. 7", blue door' if RNG.random() < 0.01 else None, later(moment, 1, 240)))
        sellable = [g for g in goods if g[9] <= moment.date() and (g[10] is None or moment.date() <= g[10])]
        total = shipping
        own_items = []
        for good in RNG.sample(sellable, min(len(sellable), RNG.choices([1, 2, 3, 4, 6], [46, 27, 15, 8, 4])[0])):
            quantity = RNG.choices([1, 2, 3, 8], [74, 17, 7, 2])[0]
            discount = RNG.choices(["0", "0.05", "0.10", "0.25"], [82, 8, 7, 3])[0]
            price = f"{float(good[6]) * per_euro:.2f}"
            item = (700000 + len(items) + 1, number, good[0], quantity, price, discount)
            items.append(item)
            own_items.append(item)
            total += round(quantity * float(price) * (1 - float(discount)) * 100)
        if status == "cancelled" and RNG.random() < 0.6:
            if RNG.random() < 0.5:
                payments.append((len(payments) + 1, number, pick(METHODS), total, currency, "failed", later(moment, 0, 2)))
            continue
        if RNG.random() < 0.04:
            payments.append((len(payments) + 1, number, "card", total, currency, "failed", later(moment, 0, 1)))
        parts = [total] if RNG.random() < 0.95 or total < 2000 else [total // 2, total - total // 2]
        for part in parts:
            settled = "pending" if status == "placed" and RNG.random() < 0.5 else "captured"
            payments.append((len(payments) + 1, number, pick(METHODS), part, currency, settled, later(moment, 0, 30)))
        if status == "cancelled":
            refunds.append((len(refunds) + 1, payments[-1][0], number, payments[-1][3], "order cancelled", later(payments[-1][6], 2, 90)))
            continue
        if status == "placed":
            continue
        sent = later(moment, 6, 70)
        arrived = None if status == "shipped" or RNG.random() < 0.01 else later(sent, 20, 160)
        shipments.append((len(shipments) + 1, number, RNG.choice([1, 1, 2, 3]), RNG.choice(["DHL", "La Poste", "PostNL", "Zásilkovna"]), sent, arrived))
        if status == "returned" or RNG.random() < 0.03:
            item = RNG.choice(own_items)
            quantity = item[3] if RNG.random() < 0.8 else 1
            back = later(arrived or sent, 48, 600)
            reason = RNG.choice(["too small", "damaged in transit", "changed mind", "wrong item", None])
            returns.append((len(returns) + 1, item[0], quantity, reason, RNG.choice(["as new", "opened", "scrap"]), back))
            value = min(payments[-1][3], round(quantity * float(item[4]) * (1 - float(item[5])) * 100))
            refunds.append((len(refunds) + 1, payments[-1][0], number, value, reason or "return", later(back, 24, 200)))
    return orders, items, payments, refunds, returns, shipments


def stock(goods, items, orders, shipments, returns):
    """Receipts large enough for what was sold, then each sale and return as a movement."""
    depot_of = {s[1]: (s[2], s[4]) for s in shipments}
    good_of = {i[0]: i for i in items}
    rows = []
    sold = {}
    for item in items:
        if item[1] in depot_of:
            depot, sent = depot_of[item[1]]
            sold[(item[2], depot)] = sold.get((item[2], depot), 0) + item[3]
            rows.append((sent, item[2], depot, -item[3], "sale", item[0]))
    for key, quantity in sorted(sold.items()):
        for share in (0.5, 0.35, 0.3):
            day = FIRST_DAY - dt.timedelta(days=10) if share == 0.5 else day_between(FIRST_DAY, LAST_DAY)
            rows.append((dt.datetime.combine(day, dt.time(6, 30)), key[0], key[1], max(1, round(quantity * share)), "receipt", None))
    for back in returns:
        item = good_of[back[1]]
        if back[4] != "scrap":
            rows.append((back[5], item[2], depot_of[item[1]][0], back[2], "return", item[0]))
    for _ in range(60):
        good = RNG.choice(goods)
        rows.append((moment_on(day_between(FIRST_DAY, LAST_DAY)), good[0], RNG.choice([1, 2, 3]), RNG.choice([-2, -1, 1]), "adjustment", None))
    rows.sort(key=lambda r: (r[0], r[1], r[2], r[3]))
    return [(n, r[1], r[2], r[0], r[3], r[4], r[5]) for n, r in enumerate(rows, start=1)]


def marketing():
    campaigns, spend = [], []
    names = ["Always-on search", "Herbst & Licht", "Café culture", "Tent season", "Nikolaus / Sinterklaas", "Workshop wisdom", "Été dehors", "Retargeting", "Newsletter Q1", "Newsletter Q3", "Influencer: Fjällräven trip", "Win-back"]
    kinds = ["search", "display", "social", "social", "display", "search", "social", "display", "email", "email", "social", "email"]
    for n, (name, kind) in enumerate(zip(names, kinds), start=1):
        start = FIRST_DAY if n in (1, 8) else day_between(FIRST_DAY, LAST_DAY - dt.timedelta(days=120))
        end = None if n in (1, 8) else start + dt.timedelta(days=RNG.randrange(40, 110))
        campaigns.append((f"CMP-{n:02d}", name, kind, start, end, f"{RNG.randrange(20, 400) * 100}.00"))
        day = start
        while day <= min(end or LAST_DAY, LAST_DAY):
            if kind != "email" or day.weekday() == 1:
                seen = RNG.randrange(300, 22000)
                clicks = round(seen * RNG.uniform(0.002, 0.03))
                cost = None if kind == "email" else f"{clicks * RNG.uniform(0.12, 0.6):.2f}"
                if n not in (1, 8) or day.day % 3 == 0:
                    spend.append((day, f"CMP-{n:02d}", seen, clicks, cost))
            day += dt.timedelta(days=1)
    spend.sort()
    return campaigns, spend


def exchange_rates():
    rows, month = [], FIRST_DAY
    while month <= LAST_DAY:
        for currency, rate in CURRENCIES.items():
            rows.append((month, currency, "1" if currency == "EUR" else f"{rate * RNG.uniform(0.96, 1.04):.6f}"))
        month = (month + dt.timedelta(days=32)).replace(day=1)
    return rows


def tickets(orders):
    subjects = ["Where is my parcel?", "Wrong colour delivered", "Rechnung fehlt", "Remboursement ?", "Lovely service, thank you 💛", "Zepsuty zamek", "返品について", "Line one\nline two", "Price match"]
    rows = []
    for n, order in enumerate(sorted(RNG.sample(orders, 240)), start=1):
        opened = later(order[2], 2, 400)
        closed = None if RNG.random() < 0.08 else later(opened, 1, 120)
        score = None if closed is None or RNG.random() < 0.5 else RNG.choices([1, 2, 3, 4, 5], [6, 6, 12, 36, 40])[0]
        rows.append((n, order[0], order[1], opened, closed, RNG.choice(["low", "normal", "high"]), RNG.choice(subjects), score))
    return rows


def main():
    people, goods, codes = customers(620), products(), coupons()
    orders, items, payments, refunds, returns, shipments = sales(people, goods, codes)
    campaigns, spend = marketing()
    write("shop", "raw_customers", "customer_id first_name last_name email country_code city signed_up_at marketing_opt_in birth_date referred_by", people)
    write("shop", "raw_categories", "category_id name parent_id", CATEGORIES)
    write("shop", "raw_products", "product_id sku name category_id supplier_id unit_cost list_price weight_grams is_active launched_on discontinued_on", goods)
    write("shop", "raw_orders", "order_id customer_id ordered_at status channel currency coupon_code shipping_cents ship_country note updated_at", orders)
    write("shop", "raw_order_items", "order_item_id order_id product_id quantity unit_price discount", items)
    write("shop", "raw_coupons", "code kind value valid_from valid_until max_uses", codes)
    write("shop", "raw_support_tickets", "ticket_id order_id customer_id opened_at closed_at priority subject satisfaction", tickets(orders))
    write("payments", "raw_payments", "payment_id order_id method amount_cents currency status created_at", payments)
    write("payments", "raw_refunds", "refund_id payment_id order_id amount_cents reason refunded_at", refunds)
    write("warehouse", "raw_suppliers", "supplier_id name country_code lead_time_days", [(n, name, RNG.choice(["DE", "IT", "PL", "SE", "JP"]), RNG.randrange(3, 45)) for n, name in enumerate(
        ["Lumière & Fils", "Gusseisen Süd GmbH", "Lniarz Sp. z o.o.", "Fjällduk AB", "渡辺刃物", "Nordic Peg", "Brassworks", "Tessitura Rossi", "Kaffeehaus Wien", "Packsack", "Holz + Hobel", "Schraubenkönig"], start=1)])
    write("warehouse", "raw_warehouses", "warehouse_id code name country_code", [(1, "HAM", "Hamburg Süd", "DE"), (2, "LIL", "Lille", "FR"), (3, "BRN", "Brno", "CZ")])
    write("warehouse", "raw_shipments", "shipment_id order_id warehouse_id carrier shipped_at delivered_at", shipments)
    write("warehouse", "raw_returns", "return_id order_item_id quantity reason condition received_at", returns)
    write("warehouse", "raw_inventory_movements", "movement_id product_id warehouse_id moved_at quantity kind order_item_id", stock(goods, items, orders, shipments, returns))
    write("marketing", "raw_campaigns", "campaign_id name channel started_on ended_on budget", campaigns)
    write("marketing", "raw_ad_spend", "spent_on campaign_id impressions clicks cost", spend)
    write("reference", "countries", "country_code name region currency vat_rate", [c[:5] for c in COUNTRIES], delimiter=";")
    write("reference", "exchange_rates", "valid_month currency rate_to_eur", exchange_rates())


if __name__ == "__main__":
    main()
