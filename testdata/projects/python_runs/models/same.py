

# Two empty lines come before the first that says anything.
def model(dbt, session):
    return dbt.ref("prices")
