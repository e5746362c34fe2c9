def model(dbt, session):
    dbt.config(alias="by_sql_alias")
    prices = dbt.ref("prices")
    named = session.sql("select id, price from main.prices where price is not null")
    found = session.sql("select id, currency from prices")
    return named.set_alias("n").join(found.set_alias("f"), "n.id = f.id").project("n.id, n.price, f.currency")
