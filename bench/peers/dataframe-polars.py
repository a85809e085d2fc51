"""The questions of bench/dataframe-questions.ts on Polars, lazily, with all threads of one process."""

import time

import polars as pl

from contestant import serve

c = pl.col


def table(folder, name):
    return pl.scan_parquet(f"{folder}/{name}.parquet")


def grouped(by, *aggregations):
    return lambda folder: table(folder, "x").group_by(by).agg(*aggregations)


def joined(right, on, how="inner"):
    return lambda folder: table(folder, "left").join(table(folder, right), on=on, how=how)


def flights(ask):
    return lambda folder: ask(table(folder, "flights"))


def much_later(frame):
    usual = frame.group_by("origin").agg(mean=c("delay").mean(), sd=c("delay").std())
    both = frame.join(usual, on="origin").filter(c("delay") > c("mean") + 3 * c("sd"))
    return both.group_by("origin").agg(n=pl.len())


KEYS = ["id1", "id2", "id3", "id4", "id5", "id6"]

QUESTIONS = {
    "sum v1 by id1": (grouped("id1", c("v1").sum()), "v1"),
    "sum v1 by id1, id2": (grouped(["id1", "id2"], c("v1").sum()), "v1"),
    "sum v1, mean v3 by id3": (grouped("id3", c("v1").sum(), c("v3").mean()), "v3"),
    "mean v1, v2, v3 by id4": (grouped("id4", c("v1").mean(), c("v2").mean(), c("v3").mean()), "v3"),
    "sum v1, v2, v3 by id6": (grouped("id6", c("v1").sum(), c("v2").sum(), c("v3").sum()), "v3"),
    "median, sd v3 by id4, id5": (grouped(["id4", "id5"], c("v3").median().alias("median"), c("v3").std().alias("sd")), "median"),
    "max v1 - min v2 by id3": (grouped("id3", (c("v1").max() - c("v2").min()).alias("range")), "range"),
    "largest two v3 by id6": (lambda folder: table(folder, "x").group_by("id6").agg(c("v3").top_k(2)).explode("v3"), "v3"),
    "regression v1 v2 by id2, id4": (grouped(["id2", "id4"], (pl.corr("v1", "v2").fill_nan(0).fill_null(0) ** 2).alias("r2")), "r2"),
    "sum v3, count by id1 … id6": (grouped(KEYS, c("v3").sum(), pl.len().alias("n")), "v3"),
    "small inner on integer": (joined("small", "id4"), "v1"),
    "medium inner on integer": (joined("medium", "id5"), "v1"),
    "medium outer on integer": (joined("medium", "id5", "left"), "v1"),
    "medium inner on text": (joined("medium", "id2"), "v1"),
    "big inner on integer": (joined("big", "id6"), "v1"),
    "late flights by airport": (
        flights(lambda f: f.filter(c("delay") > 60).group_by("origin").agg(n=pl.len(), delay=c("delay").mean())),
        "n",
    ),
    "mean delay of each route": (
        flights(lambda f: f.group_by(["origin", "destination"]).agg(n=pl.len(), delay=c("delay").mean())),
        "n",
    ),
    "90th percentile by month": (
        flights(lambda f: f.group_by(month=c("date").dt.month() - 1).agg(q=c("delay").quantile(0.9, "linear"))),
        "q",
    ),
    "destinations of each airport": (flights(lambda f: f.group_by("origin").agg(n=c("destination").n_unique())), "n"),
    "sort by delay and distance": (
        flights(lambda f: f.sort(["delay", "distance"], descending=[True, False], nulls_last=True)),
        "distance",
    ),
    "much later than usual at the airport": (flights(much_later), "n"),
    "delay by hour": (flights(lambda f: f.group_by(hour=c("date").dt.hour()).agg(c("delay").mean(), n=pl.len())), "n"),
    "names of routes, the 20 most frequent": (
        flights(
            lambda f: f.group_by(route=c("origin") + "-" + c("destination").str.to_lowercase())
            .agg(n=pl.len())
            .sort(["n", "route"], descending=[True, False])
            .head(20)
        ),
        "n",
    ),
}


def answer(request):
    ask, column = QUESTIONS[request["question"]]
    started = time.perf_counter()
    of = ask(request["folder"]).collect()
    rows = of.height
    seconds = time.perf_counter() - started
    return {"figures": {"seconds": seconds}, "check": [rows, float(f"{float(of[column].sum()):.6g}")]}


serve(f"Polars {pl.__version__}", [], answer)
