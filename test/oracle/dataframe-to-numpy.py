"""Writes test/dataframe/fixtures/to-numpy.json: the arrays that pandas 3.1.1 (with numpy 2.4.6) makes of every two columns.

Run: python test/oracle/dataframe-to-numpy.py
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd

assert (pd.__version__, np.__version__) == ("3.1.1", "2.4.6"), (pd.__version__, np.__version__)
random = np.random.default_rng(20261122)
N = 40
exact = 2**53


def integers(dtype):
    limits = np.iinfo(dtype)
    low, high = max(limits.min, -exact), min(limits.max, exact)
    values = random.integers(low, high, N, dtype=np.int64, endpoint=True)
    values[:2] = low, high
    return values.astype(dtype)


columns = {"bool": random.random(N) < 0.5}
for name in ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]:
    columns[name] = integers(name)
for name in ["float32", "float64"]:
    values = random.normal(0, 1e6, N).astype(name)
    values[[3, 9]] = np.nan
    values[5] = -0.0
    columns[name] = values
frame = pd.DataFrame(columns)


def texts(array):
    """Numbers as text, which says them exactly; no value: nan. What float32 has is written as float64, which has it too."""
    return [repr(value.item()).lower() for value in array.ravel()]


pairs = []
for a, b in itertools.combinations_with_replacement(frame.columns, 2):
    array = frame[[a]].to_numpy() if a == b else frame[[a, b]].to_numpy()
    # Of booleans and numbers pandas makes objects. NumPy makes numbers.
    if array.dtype == object:
        array = np.stack([frame[a].to_numpy(), frame[b].to_numpy()], axis=1)
    pairs.append({"columns": [a] if a == b else [a, b], "dtype": str(array.dtype), "values": texts(array)})

target = Path(__file__).parent.parent / "dataframe" / "fixtures" / "to-numpy.json"
target.write_text(
    json.dumps({"columns": {name: texts(frame[name].to_numpy()) for name in frame}, "pairs": pairs}, separators=(",", ":")) + "\n"
)
