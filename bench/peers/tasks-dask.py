"""The same tasks on Dask's threaded scheduler, in the ways that Dask offers."""

import time

import dask
import dask.threaded
from dask._task_spec import Task

from contestant import serve


def increment(x):
    return x + 1


def delayed_calls(n):
    inc = dask.delayed(increment)
    calls = [inc(i) for i in range(n)]
    return lambda: dask.compute(*calls, scheduler="threads", num_workers=2)


def pure_delayed_calls(n):
    inc = dask.delayed(increment, pure=True, traverse=False)
    calls = [inc(i) for i in range(n)]
    return lambda: dask.compute(*calls, scheduler="threads", num_workers=2, traverse=False, optimize_graph=False)


def tuples(n):
    graph = {("increment", i): (increment, i) for i in range(n)}
    keys = list(graph)
    return lambda: dask.threaded.get(graph, keys, num_workers=2)


def task_objects(n, **options):
    graph = {("increment", i): Task(("increment", i), increment, i) for i in range(n)}
    keys = list(graph)
    return lambda: dask.threaded.get(graph, keys, num_workers=2, **options)


variants = {
    "dask.delayed": delayed_calls,
    "dask.delayed without traversal and optimisation": pure_delayed_calls,
    "raw graph of tuples": tuples,
    "raw graph of Task objects": task_objects,
    "raw graph of Task objects, chunksize=64": lambda n: task_objects(n, chunksize=64),
    "raw graph of Task objects, chunksize=1024": lambda n: task_objects(n, chunksize=1024),
}


def answer(request):
    n = request["tasks"]
    started = time.perf_counter()
    run = variants[request["variant"]](n)
    built = time.perf_counter()
    results = run()
    ended = time.perf_counter()
    total = sum(results)
    milliseconds = 1000 / n
    return {
        "figures": {"endToEnd": (ended - started) * milliseconds, "run": (ended - built) * milliseconds},
        "check": total,
    }


if __name__ == "__main__":
    serve(f"Dask {dask.__version__}", list(variants), answer)
