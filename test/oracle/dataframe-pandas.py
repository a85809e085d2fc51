"""Writes test/dataframe/fixtures/pandas.json: what pandas 3.1.1 (with numpy 2.4.6) gives for a small table with nulls.

Run: python test/oracle/dataframe-pandas.py
"""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd

assert pd.__version__ == "3.1.1", pd.__version__
random = np.random.default_rng(20240229)
N = 60
rows = pd.DataFrame(
    {
        "id": range(N),
        "key": random.choice(["a", "b", "ß", None], N),
        "x": np.where(random.random(N) < 0.2, np.nan, np.round(random.normal(0, 100, N), 3)),
        "n": random.integers(-5, 5, N).astype(float),
    }
)
other = pd.DataFrame({"key": ["a", "ß", "c", "a"], "y": [1.0, 2.0, 3.0, 4.0], "n": [0.5, 1.5, 2.5, 3.5]})


def plain(value):
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def records(frame):
    return [{name: plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


q25 = lambda s: s.quantile(0.25)
groups = rows.groupby("key", dropna=False)
aggregated = groups.agg(
    size=("id", "size"),
    count=("x", "count"),
    sum=("x", "sum"),
    mean=("x", "mean"),
    min=("x", "min"),
    max=("x", "max"),
    std=("x", "std"),
    variance=("x", "var"),
    median=("x", "median"),
    quarter=("x", q25),
    nunique=("n", "nunique"),
    first=("x", "first"),
    last=("x", "last"),
    skew=("x", lambda s: s.skew()),
    kurt=("x", lambda s: s.kurt()),
    product=("n", "prod"),
).reset_index()

totals = {
    name: plain(getattr(rows["x"], method)(*args))
    for name, method, args in [
        ("count", "count", []),
        ("sum", "sum", []),
        ("mean", "mean", []),
        ("min", "min", []),
        ("max", "max", []),
        ("std", "std", []),
        ("var", "var", []),
        ("median", "median", []),
        ("quantile", "quantile", [0.9]),
        ("nunique", "nunique", []),
    ]
}
totals["corr"] = plain(rows["x"].corr(rows["n"]))
totals["cov"] = plain(rows["x"].cov(rows["n"]))

# Null keys equal nothing here, as in SQL; pandas joins them.
known = rows.dropna(subset=["key"])
joins = {
    how: records(known.merge(other, on="key", how=pandas_how, suffixes=("", "_right")))
    for how, pandas_how in [("inner", "inner"), ("left", "left"), ("right", "right"), ("full", "outer")]
}

result = {
    "pandas": pd.__version__,
    "rows": records(rows),
    "other": records(other),
    "aggregated": records(aggregated),
    "totals": totals,
    "joins": joins,
    "distinct": records(rows.drop_duplicates(["key", "n"])),
    "sorted": [int(i) for i in rows.sort_values(["x", "id"], ascending=[False, True], na_position="first")["id"]],
    "filled": records(rows.fillna({"x": 0.0, "key": "none"})),
    "dropped": records(rows.dropna()),
}
target = Path(__file__).parent.parent / "dataframe" / "fixtures" / "pandas.json"
target.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
