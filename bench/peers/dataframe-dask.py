"""The questions of bench/dataframe-questions.ts on dask.dataframe, with pandas on pyarrow strings, in two worker processes."""

import gc
import time

import dask
import dask.dataframe as dd
import distributed

from contestant import serve
from pandas_questions import questions


def read(folder, name, columns=None):
    return dd.read_parquet(f"{folder}/{name}.parquet", columns=columns, split_row_groups=True)


def largest(frame):
    # The rows of a group in one partition, then all groups of it at once: a function for each group takes minutes.
    return frame.shuffle("id6").map_partitions(
        lambda part: part.sort_values("v3", ascending=False).groupby("id6").head(2), meta={"id6": "i4", "v3": "f8"}
    )


def by_month(frame):
    frame = frame.assign(month=frame.date.dt.month - 1).drop(columns="date").shuffle("month")
    return frame.map_partitions(
        lambda part: part.groupby("month").agg(q=("delay", lambda x: x.quantile(0.9))).reset_index(),
        meta={"month": "i4", "q": "f8"},
    )


QUESTIONS = questions(read, largest, by_month)


def main():
    dask.config.set({"dataframe.convert-string": True})
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with distributed.Client(cluster):

            def answer(request):
                ask, column = QUESTIONS[request["question"]]
                started = time.perf_counter()
                of = ask(request["folder"]).persist()
                rows = len(of)
                seconds = time.perf_counter() - started
                total = float(of[column].sum().compute())
                del of
                gc.collect()
                return {"figures": {"seconds": seconds}, "check": [rows, float(f"{total:.6g}")]}

            serve(f"dask {dask.__version__}", [], answer)


if __name__ == "__main__":
    main()
