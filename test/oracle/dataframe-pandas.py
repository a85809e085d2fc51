"""Writes test/dataframe/fixtures/pandas.json and pandas-api.json: what pandas 3.1.1 (with numpy 2.4.6) gives for a small table with nulls.

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


# ——— The breadth of the API: a name for each question, and what pandas answers (pandas-api.json).
times = pd.to_datetime("2024-03-30 20:00") + pd.to_timedelta(np.cumsum(random.integers(1, 5400, N)) * 1000 + random.integers(0, 1000, N), unit="ms")
words = ["straße", "HELLO world", " padded\t", "they're here", "ǆungla Ǆ", "a-b-c", "", "42", "²³", "½", "٣", "ΑΣ ΣΑΣ", "x1y22z", "Ärger", "日本 語", "ABC", "abc", "Title Case", "i̇İ", "a,b,,c", None]
texts = pd.Series(words, dtype=object)
# A moment apart from the hours that summer time takes away and gives back.
api = pd.DataFrame({"id": range(N), "key": rows["key"], "x": rows["x"], "n": rows["n"], "t": times, "flag": random.random(N) < 0.5})
x, n, t = api["x"], api["n"], api["t"]
known = x.fillna(0.5)


def flat(value):
    if isinstance(value, pd.DataFrame):
        return [{str(name): flat(each) for name, each in row.items()} for row in value.to_dict("records")]
    if isinstance(value, (pd.Series, pd.Index, np.ndarray)):
        return [flat(each) for each in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [flat(each) for each in value]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        at = value if value.tz is None else value.tz_convert("UTC").tz_localize(None)
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    if isinstance(value, pd.Timedelta):
        return value / pd.Timedelta("1ms")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return plain(value)


answers = {}


def ask(name, value):
    assert name not in answers, name
    answers[name] = flat(value)


# windows
for k in [1, 2, -1]:
    ask(f"shift {k}", x.shift(k))
    ask(f"diff {k}", x.diff(k))
ask("diff of dates", t.diff())
for name in ["cumsum", "cumprod", "cummax", "cummin"]:
    ask(name, getattr(x / 50, name)() if name == "cumprod" else getattr(x, name)())
ask("ffill", x.ffill())
ask("bfill", x.bfill())
ask("ffill 1", x.ffill(limit=1))
for method in ["average", "min", "max", "first", "dense"]:
    ask(f"rank {method}", n.rank(method=method))
ask("rank descending", x.rank(ascending=False))
statistics = ["count", "sum", "mean", "min", "max", "std", "var", "median", "skew", "kurt", "sem"]
for name in statistics:
    ask(f"rolling 5 {name}", getattr(known.rolling(5), name)())
    ask(f"rolling 4 with nulls {name}", getattr(x.rolling(4, min_periods=2), name)() if name != "sem" else known.rolling(4).sem())
    ask(f"rolling center {name}", getattr(known.rolling(6, center=True), name)())
    ask(f"rolling 3h {name}", getattr(api.set_index("t")["x"].rolling("3h"), name)())
for name in ["count", "sum", "mean", "min", "max", "std", "var"]:
    ask(f"expanding {name}", getattr(x.expanding(), name)())
ask("rolling quantile", known.rolling(5).quantile(0.3))
ask("rolling apply", known.rolling(3).apply(lambda v: v.max() - v.min(), raw=True))
ask("rolling of frame", api[["x", "n"]].rolling(3, min_periods=1).mean())
ask("rolling of frame by time", api[["t", "x", "n"]].rolling("2h", on="t").sum()[["x", "n"]].fillna({"x": 0}))
ask("shift of shift", x.shift(1).rolling(2).sum())
ask("filter by window", api[x > x.rolling(3, min_periods=1).mean()]["id"])
ask("mean of diff", x.diff().mean())

# one column
ask("clip", x.clip(-50, 50))
ask("round 1", x.round(1))
ask("round -1", x.round(-1))
ask("round halves", pd.Series([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4999]).round())
ask("floordiv", n // 2)
ask("replace", n.replace({-5.0: 50.0, 3.0: 30.0}))
ask("where", x.where(n > 0))
ask("where other", known.where(n > 0, -1.0))
ask("mask", x.mask(n > 0))
ask("map dict", n.map({1.0: "one", 2.0: "two"}))
ask("isin", n.isin([1.0, 2.0]))
ask("unique", n.unique())
ask("value counts", sorted([[flat(v), int(c)] for v, c in api["key"].value_counts(dropna=False).items()], key=lambda p: str(p[0])))
ask("value shares", sorted([[flat(v), flat(c)] for v, c in api["key"].value_counts(normalize=True).items()], key=lambda p: str(p[0])))
ask("mode", n.mode())
ask("nlargest", x.nlargest(4))
ask("nsmallest", x.nsmallest(4))
ask("describe", x.describe())
ask("idxmax", int(x.idxmax()))
ask("idxmin", int(x.idxmin()))
ask("prod", (n + 6).prod())
ask("sem", x.sem())
ask("skew", x.skew())
ask("kurt", x.kurt())
ask("autocorr", known.autocorr(2))
ask("corr", x.corr(n))
ask("cov", x.cov(n))
ask("any", bool(api["flag"].any()))
ask("all", bool(api["flag"].all()))
ask("between", n.between(-1, 2))
ask("explode", pd.Series([["a", "b"], [], None, ["c"]]).explode())
ask("to datetime", pd.to_datetime(pd.Series(["2024-02-29", "1999-12-31", None])))
ask("to datetime format", pd.to_datetime(pd.Series(["29.02.2024 13:05", "31.12.1999 00:00"]), format="%d.%m.%Y %H:%M"))
ask("to datetime coerce", pd.to_datetime(pd.Series(["2024-02-29", "never"]), errors="coerce", format="%Y-%m-%d"))
ask("to numeric", pd.to_numeric(pd.Series(["1", "-2.5", "1e3"])))
ask("to numeric coerce", pd.to_numeric(pd.Series(["1", "x"]), errors="coerce"))
ask("to timedelta", pd.to_timedelta(pd.Series([1.0, 90.0]), unit="min"))

# frames
frame = api[["x", "n"]]
ask("frame add", frame + 1)
ask("frame sub", frame - 1)
ask("frame mul", frame * 2)
ask("frame div", frame / 4)
ask("frame floordiv", frame // 4)
ask("frame pow", frame[["n"]] ** 2)
ask("frame mod", frame.abs() % 3)
ask("frame abs", frame.abs())
ask("frame gt", frame.fillna(0) > 0)
ask("frame ge", frame.fillna(0) >= 0)
ask("frame lt", frame.fillna(0) < 0)
ask("frame le", frame.fillna(0) <= 0)
ask("frame eq", frame == 1)
ask("frame ne", frame.fillna(0) != 1)
ask("frame isin", frame.isin([1.0, 2.0]))
ask("frame isna", frame.isna())
ask("frame round", frame.round(1))
ask("frame clip", frame.clip(-2, 2))
ask("frame replace", frame.replace(1.0, 100.0))
ask("frame where", frame.where(n > 0))
ask("frame mask", frame.mask(n > 0))
for name in ["cumsum", "cummax", "cummin", "ffill", "bfill"]:
    ask(f"frame {name}", getattr(frame, name)())
ask("frame cumprod", (frame / 50).cumprod())
ask("frame shift", frame.shift(2))
ask("frame diff", frame.diff())
ask("frame rank", frame.rank())
for name in ["sum", "mean", "std", "var", "median", "min", "max", "count", "nunique", "sem", "skew", "kurt"]:
    value = getattr(frame, name)()
    ask(f"frame {name}", {"x": flat(value["x"]), "n": flat(value["n"])} if False else [flat(value["x"]), flat(value["n"])])
ask("frame prod", [flat((frame / 50).prod()["x"]), flat((frame / 50).prod()["n"])])
ask("frame quantile", [flat(v) for v in frame.quantile(0.3)])
ask("frame idxmax", [int(v) for v in frame.idxmax()])
ask("frame idxmin", [int(v) for v in frame.idxmin()])
ask("frame corr", frame.corr())
ask("frame cov", frame.cov())
ask("frame describe", frame.describe())
ask("frame mode", api[["key", "n"]].mode())
ask("frame any", [bool(api["flag"].any()), bool((~api["flag"]).all())])
ask("frame tail", api.tail(3)[["id", "x"]])
ask("melt", api.head(4).melt(id_vars=["id"], value_vars=["x", "n"]))
pivot = api.pivot_table(index="flag", columns="key", values="x", aggfunc="mean")
ask("pivot", pivot.reset_index()[["flag", "a", "b", "ß"]])
ask("pivot sum", api.assign(m=n.abs()).pivot_table(index="m", columns="key", values="x", aggfunc="sum", dropna=False).reset_index()[["m", "a", "b", "ß"]])
dummies = pd.get_dummies(api[["id", "key"]], columns=["key"])
ask("dummies", dummies)
ask("explode frame", pd.DataFrame({"i": [1, 2, 3], "l": [[1.0, 2.0], [], [3.0]]}).explode("l"))
quotes = pd.DataFrame({"t": t[::7].reset_index(drop=True) - pd.Timedelta("5min"), "key": ["a", "b", "ß"] * 3, "q": range(9)})
trades = api[api["key"].notna()][["id", "key", "t"]]
for direction in ["backward", "forward", "nearest"]:
    ask(f"asof {direction}", pd.merge_asof(trades, quotes[["t", "q"]], on="t", direction=direction)[["id", "q"]])
    ask(f"asof by {direction}", pd.merge_asof(trades, quotes, on="t", by="key", direction=direction)[["id", "q"]])
    ask(f"asof tolerance {direction}", pd.merge_asof(trades, quotes[["t", "q"]], on="t", direction=direction, tolerance=pd.Timedelta("30min"))[["id", "q"]])
steps = pd.DataFrame({"n": [-5.0, -2.0, -2.0, 0.0, 3.0], "q": [0, 1, 2, 3, 4]})
byn = api[["id", "n"]].sort_values("n")
for direction in ["backward", "forward", "nearest"]:
    ask(f"asof numbers {direction}", pd.merge_asof(byn, steps, on="n", direction=direction, allow_exact_matches=direction == "nearest")[["id", "q"]].sort_values("id"))
ask("asof numbers tolerance", pd.merge_asof(byn, steps, on="n", tolerance=1.0)[["id", "q"]].sort_values("id"))
ask("quotes", quotes)
ask("steps", steps)

# groups
by = api.groupby("key", dropna=False)
for name in ["cumsum", "cummax", "cummin", "ffill", "bfill"]:
    ask(f"group {name}", getattr(by["x"], name)())
ask("group cumprod", (api.assign(x=x / 50)).groupby("key", dropna=False)["x"].cumprod())
ask("group cumcount", by.cumcount())
ask("group shift", by["x"].shift(1))
ask("group diff", by["x"].diff())
ask("group rank", by["n"].rank(method="min"))
ask("group rolling", by["x"].rolling(3, min_periods=1).mean().reset_index(level=0, drop=True).sort_index())
ask("group expanding", by["x"].expanding().sum().reset_index(level=0, drop=True).sort_index())
ask("group transform", by["x"].transform("mean"))
ask("get group", by.get_group("ß")[["id"]])
strict = api.groupby("key")
for name in ["idxmax", "idxmin", "prod", "sem", "median", "nunique", "std", "var", "first", "last", "count", "min", "max", "mean", "sum"]:
    source = strict["n"] if name != "prod" else api.assign(n=n / 4).groupby("key")["n"]
    ask(f"group {name}", getattr(source, name)().reset_index())
ask("group quantile", strict["x"].quantile(0.3).reset_index())
ask("group size", strict.size().reset_index(name="size"))
ask("group corr", strict[["x", "n"]].corr().reset_index().rename(columns={"level_1": "column"}))
ask("group cov", strict[["x", "n"]].cov().reset_index().rename(columns={"level_1": "column"}))
ask("group apply", strict[["id", "n"]].apply(lambda g: float((g["id"] * g["n"]).sum())).reset_index(name="value"))

# times: weeks begin on Monday, everything is named by its beginning
utc = api.set_index("t")
zoned = utc.tz_localize("UTC").tz_convert("Europe/Zurich")
rules = {"15min": "15min", "7h": "7h", "1h": "1h", "1d": "1D", "2d": "2D", "1w": "W-MON", "1mo": "MS", "1q": "QS", "1y": "YS"}
long = pd.DataFrame({"t": pd.to_datetime("2023-12-30 23:30") + pd.to_timedelta(np.cumsum(random.integers(1, 20, 40)), unit="D"), "x": np.round(random.normal(0, 10, 40), 2)})
ask("long", long)
for rule, own in rules.items():
    source = utc if rule.endswith(("min", "h")) else long.set_index("t")
    more = {"closed": "left", "label": "left"}
    for name in ["sum", "count", "mean"]:
        ask(f"resample {rule} {name}", getattr(source["x"].resample(own, **more), name)().reset_index())
    if rule != "15min":
        local = source.tz_localize("UTC").tz_convert("Europe/Zurich")
        ask(f"resample {rule} in Zurich", local["x"].resample(own, **more).sum().reset_index())
for name in ["first", "last", "max", "min", "median", "nunique", "prod", "sem", "std", "var", "size"]:
    ask(f"resample all {name}", getattr(utc["n"].resample("6h"), name)().reset_index(name="n"))
ask("resample quantile", utc["n"].resample("6h").quantile(0.3).reset_index())
ask("resample ohlc", utc["n"].resample("6h").ohlc().reset_index())

# what clocks show
clocks = {"UTC": t.dt.tz_localize("UTC"), "Europe/Zurich": t.dt.tz_localize("UTC").dt.tz_convert("Europe/Zurich")}
days = pd.Series(pd.to_datetime(["2024-02-29 23:59:59.123456", "1999-12-31", "2023-01-01", "2024-03-31 12:00", "1969-07-20 20:17:40", "2100-06-30 00:00:00.000001"], format="ISO8601"))
ask("days", [str(d) for d in days])
fields = {"year": "year", "quarter": "quarter", "month": "month", "day": "day", "dayOfWeek": "dayofweek", "weekday": "weekday", "dayOfYear": "dayofyear", "daysInMonth": "days_in_month", "hour": "hour", "minute": "minute", "second": "second", "microsecond": "microsecond", "nanosecond": "nanosecond", "isLeapYear": "is_leap_year", "isMonthStart": "is_month_start", "isMonthEnd": "is_month_end", "isQuarterStart": "is_quarter_start", "isQuarterEnd": "is_quarter_end", "isYearStart": "is_year_start", "isYearEnd": "is_year_end"}
for mine, theirs in fields.items():
    ask(f"dt {mine}", getattr(days.dt, theirs))
    ask(f"dt {mine} in Zurich", getattr(clocks["Europe/Zurich"].dt, theirs))
ask("dt week", days.dt.isocalendar()["week"].astype(int))
ask("dt isocalendar", days.dt.isocalendar().astype(int))
ask("dt date", [f"{d}T00:00:00.000Z" for d in days.dt.date])
ask("dt time", [str(d).rstrip("0").rstrip(".") if "." in str(d) else str(d) for d in days.dt.time])
ask("dt normalize", days.dt.normalize())
ask("dt strftime", days.dt.strftime("%Y/%m/%d %H:%M:%S.%f %j %a %b %y %p %I %U"))
for rule in ["15min", "1h", "1D"]:
    for name in ["floor", "ceil", "round"]:
        ask(f"dt {name} {rule}", getattr(days.dt, name)(rule))
ask("dt round halves", pd.Series(pd.to_datetime(["2024-01-01 00:30", "2024-01-01 01:30"])).dt.round("1h"))
ask("dt normalize in Zurich", clocks["Europe/Zurich"].dt.normalize())

# texts, as Python has them
ask("words", texts)
s = texts.str
for name in "capitalize casefold isalnum isalpha isdecimal isdigit isnumeric isspace islower isupper istitle len lower upper strip lstrip rstrip swapcase title".split():
    ask(f"str {name}", getattr(s, name)())
ask("str strip chars", s.strip("aA "))
ask("str center", s.center(9, "*"))
ask("str ljust", s.ljust(9, "*"))
ask("str rjust", s.rjust(9, "*"))
ask("str pad", s.pad(9, side="both"))
ask("str zfill", pd.Series(["-1", "+12", "a", "12345678", "日本"]).str.zfill(5))
ask("str contains", s.contains("a", regex=False))
ask("str contains pattern", s.contains(r"\d+", regex=True))
ask("str count", s.count("a"))
ask("str count pattern", s.count("[ab]"))
ask("str startswith", s.startswith("a"))
ask("str endswith", s.endswith("c"))
ask("str endswith several", s.endswith(("c", "e")))
ask("str extract", s.extract(r"([a-z])(\d+)", expand=True)[1])
ask("str findall", s.findall(r"\d+"))
ask("str find", s.find("a"))
ask("str find range", s.find("a", 1, 4))
ask("str rfind", s.rfind("a"))
ask("str fullmatch", s.fullmatch("[a-z]+"))
ask("str match", s.match("[a-z]+"))
ask("str get", s.get(1))
ask("str get last", s.get(-1))
ask("str index", pd.Series(["xa", "ba", "日a"]).str.index("a"))
ask("str rindex", pd.Series(["axa", "ba", "日a"]).str.rindex("a"))
ask("str join", s.join("-"))
ask("str normalize", s.normalize("NFKD"))
ask("str partition", s.partition("-", expand=False))
ask("str rpartition", s.rpartition("-", expand=False))
ask("str repeat", s.repeat(2))
ask("str replace", s.replace("a", "$1", regex=False))
ask("str replace once", s.replace("a", "#", n=1, regex=False))
ask("str replace pattern", s.replace(r"(\d)", r"<\1>", regex=True))
ask("str split", s.split())
ask("str split comma", s.split(","))
ask("str split once", s.split("-", n=1))
ask("str rsplit once", s.rsplit("-", n=1))
ask("str rsplit spaces", s.rsplit(n=1))
ask("str slice", s.slice(1, 4))
ask("str slice negative", s.slice(-3))
ask("str slice step", s.slice(None, None, -2))
ask("str translate", s.translate(str.maketrans({"a": "xx", "-": None})))
ask("str wrap", pd.Series(["the quick brown-fox jumped  over", "averyveryverylongword and more", ""]).str.wrap(10))
ask("str cat", s.cat(s.upper(), sep="|"))
ask("str cat missing", s.cat(s.upper(), sep="|", na_rep="-"))
ask("str encode", [None if w is None else list(w.encode()) for w in words])

# categories
sizes = pd.Series(["M", "S", None, "L", "M"]).astype(pd.CategoricalDtype(["S", "M", "L"], ordered=True))
ask("cat codes", sizes.cat.codes)
ask("cat sorted", sizes.sort_values())
ask("cat removed", sizes.cat.remove_categories(["M"]).astype(object))
ask("cat renamed", sizes.cat.rename_categories({"S": "small"}).astype(object))
ask("cat set", sizes.cat.set_categories(["M", "XL"]).astype(object))
ask("cat reordered codes", sizes.cat.reorder_categories(["L", "M", "S"]).cat.codes)
ask("cat unused", list(sizes.cat.add_categories(["XL"]).cat.remove_unused_categories().cat.categories))

target.with_name("pandas-api.json").write_text(json.dumps({"pandas": pd.__version__, "rows": flat(api), "answers": answers}, ensure_ascii=False, indent=0) + "\n")
