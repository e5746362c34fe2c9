# dbt.ref("in_a_comment") is not read
"""Nor is dbt.ref('in_a_text')."""
import math


def helper(dbt):
    return dbt.source("raw", "orders")


def model(dbt, session):
    dbt.config(
        materialized="table",
        tags=["py", "two"],  # a comment with a ) in it
        packages=["numpy==1.23", "pandas"],
        meta={"limit": 10, "is_on": True, "nothing": None},
    )
    numbers = dbt.ref("numbers")
    again = dbt.ref("numbers")
    versioned = dbt.ref("python_models", "versioned", v=2)
    limit = dbt.config.get("limit")
    other = dbt.config.get("other", 7)
    text = "dbt.ref('quoted')"
    if dbt.is_incremental:
        limit = dbt.config.get("limit")
    return numbers
