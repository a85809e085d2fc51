"""The same arrays on Dask with threads, and on NumPy alone: `array-dask.py numpy`, one thread."""

import gc
import os
import resource
import sys
import time

# Dask's own threads run products of matrices: threads of OpenBLAS would only be in their way.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import dask
import dask.array as da
import numpy as np

from contestant import serve

dask.config.set(scheduler="threads", num_workers=2)


def rounded(x):
    return float(f"{float(x):.6g}")


def dask_pair(n, chunk):
    i = da.arange(n, chunks=chunk, dtype="float64")
    return (i % 1000 / 250).persist(), (i % 777 / 77 + 0.1).persist()


def numpy_pair(n, chunk):
    i = np.arange(n, dtype="float64")
    return i % 1000 / 250, i % 777 / 77 + 0.1


def example(x):
    y = x + x.T
    return y[::2, x.shape[0] // 4 :].mean(axis=1)


chain = lambda a, b: ((a + b) * 2 - a / b).sum()
count = lambda a, b: ((a > b) & (a < 3) | (b > 4)).sum()


class Dask:
    name = f"Dask {dask.__version__} + NumPy {np.__version__}"

    def elementwise(of):
        def prepare(n, chunk):
            a, b = dask_pair(n, chunk)
            return lambda: rounded(of(a, b).persist()[::chunk].sum().compute())

        return prepare

    def reduced(of):
        def prepare(n, chunk):
            a, b = dask_pair(n, chunk)
            return lambda: rounded(of(a, b).compute())

        return prepare

    def rows(of):
        def prepare(n, chunk):
            x = da.random.default_rng(42).normal(size=(n // chunk, chunk), chunks=(1, chunk)).persist()

            def ask():
                of(x).persist()[:, 0].compute()

            return ask

        return prepare

    add = elementwise(lambda a, b: a + b)
    sum = reduced(lambda a, b: a.sum())
    chain = reduced(chain)
    where = elementwise(lambda a, b: da.where((a > b) & (a < 3), a - b, a * 2))
    count = reduced(count)
    expsin = elementwise(lambda a, b: da.exp(a) * da.sin(b))
    sort = rows(lambda x: x.map_blocks(np.sort))
    argsort = rows(lambda x: x.map_blocks(np.argsort, dtype="int64"))
    median = rows(lambda x: da.median(x, axis=-1, keepdims=True))

    def moments(n, chunk):
        a, _ = dask_pair(n, chunk)
        return lambda: [rounded(v) for v in dask.compute(a.mean(), a.std())]

    def normal(n, chunk):
        rng = da.random.default_rng(42)
        return lambda: bool(abs(rng.normal(size=n, chunks=chunk).persist()[::chunk].sum().compute()) < n)

    def example(n, chunk):
        return lambda: list(example(da.random.default_rng(42).normal(size=(n, n), chunks=(chunk, chunk))).compute().shape)

    def matmul(n, chunk):
        numbers = da.arange(n * n, chunks=n * chunk, dtype="float64") % 1000 / 1000
        x = numbers.reshape(n, n).rechunk((chunk, chunk)).persist()
        return lambda: rounded((x @ x).persist()[::chunk].sum().compute())

    def rechunk(n, chunk):
        columns = 2 * n
        x = da.arange(n * columns, chunks=chunk * columns, dtype="float64").reshape(n, columns).persist()
        return lambda: rounded(x.rechunk((n, chunk * 2)).persist()[::chunk].sum().compute())

    def large(n, chunk):
        return lambda: bool(abs(da.random.default_rng(42).normal(size=n, chunks=chunk).mean().compute()) < 0.01)

    def graph(n, chunk):
        def ask():
            (y,) = dask.optimize((da.ones(n, chunks=chunk) + 1).sum())
            return len(dict(y.__dask_graph__())) >= n

        return ask


class Numpy:
    name = f"NumPy {np.__version__}, one thread"

    def elementwise(of):
        def prepare(n, chunk):
            a, b = numpy_pair(n, chunk)
            return lambda: rounded(of(a, b)[::chunk].sum())

        return prepare

    def reduced(of):
        def prepare(n, chunk):
            a, b = numpy_pair(n, chunk)
            return lambda: rounded(of(a, b))

        return prepare

    def rows(of):
        def prepare(n, chunk):
            x = np.random.default_rng(42).normal(size=(n // chunk, chunk))

            def ask():
                of(x)

            return ask

        return prepare

    add = elementwise(lambda a, b: a + b)
    sum = reduced(lambda a, b: a.sum())
    chain = reduced(chain)
    where = elementwise(lambda a, b: np.where((a > b) & (a < 3), a - b, a * 2))
    count = reduced(count)
    expsin = elementwise(lambda a, b: np.exp(a) * np.sin(b))
    sort = rows(np.sort)
    argsort = rows(np.argsort)
    median = rows(lambda x: np.median(x, axis=-1, keepdims=True))

    def moments(n, chunk):
        a, _ = numpy_pair(n, chunk)
        return lambda: [rounded(a.mean()), rounded(a.std())]

    def normal(n, chunk):
        rng = np.random.default_rng(42)
        return lambda: bool(abs(rng.normal(size=n)[::chunk].sum()) < n)

    def example(n, chunk):
        return lambda: list(example(np.random.default_rng(42).normal(size=(n, n))).shape)

    def matmul(n, chunk):
        x = (np.arange(n * n, dtype="float64") % 1000 / 1000).reshape(n, n)
        return lambda: rounded((x @ x)[::chunk].sum())


library = Numpy if sys.argv[1:] == ["numpy"] else Dask
current = (None, None)


def answer(request):
    global current
    key = (request["question"], request["n"])
    if current[0] != key:
        current = (None, None)
        gc.collect()
        current = (key, getattr(library, key[0])(request["n"], request["chunk"]))
    ask = current[1]
    gc.collect()
    cpu = time.process_time()
    started = time.perf_counter()
    check = ask()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"figures": {"seconds": seconds, "cpu": time.process_time() - cpu, "peak": peak}, "check": check}


if __name__ == "__main__":
    serve(library.name, [], answer)
