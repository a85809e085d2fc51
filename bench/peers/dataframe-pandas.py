"""The questions of bench/dataframe-questions.ts on pandas alone, with pyarrow strings, in one thread, as pandas has it."""

import gc
import time

import pandas as pd

from contestant import serve
from pandas_questions import questions


def read(folder, name, columns=None):
    return pd.read_parquet(f"{folder}/{name}.parquet", columns=columns)


def largest(frame):
    return frame.sort_values("v3", ascending=False).groupby("id6").head(2)


def by_month(frame):
    return frame.groupby(frame.date.dt.month - 1).delay.quantile(0.9).to_frame("q").reset_index()


QUESTIONS = questions(read, largest, by_month)


def answer(request):
    ask, column = QUESTIONS[request["question"]]
    started = time.perf_counter()
    of = ask(request["folder"])
    rows = len(of)
    seconds = time.perf_counter() - started
    total = float(of[column].sum())
    del of
    gc.collect()
    return {"figures": {"seconds": seconds}, "check": [rows, float(f"{total:.6g}")]}


serve(f"pandas {pd.__version__}", [], answer)
