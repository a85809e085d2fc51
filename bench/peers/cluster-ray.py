"""The same on Ray: its own processes for scheduling, two worker processes, and this process as the client."""

import os
import signal
import statistics
import sys
import time

os.environ["RAY_DEDUP_LOGS"] = "0"
os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"

import ray

from contestant import serve


@ray.remote
def increment(x):
    return x + 1


@ray.remote
def add(a, b):
    return a + b


def pairs(level):
    following = [add.remote(a, b) for a, b in zip(level[::2], level[1::2])]
    return following + level[-1:] if len(level) % 2 else following


def rated(n, run):
    started = time.perf_counter()
    value = run()
    return {"figures": {"rate": n / (time.perf_counter() - started)}, "check": value}


def tree(leaves):
    level = [increment.remote(i) for i in range(leaves)]
    while len(level) > 1:
        level = pairs(level)
    return ray.get(level[0])


def chain(n):
    last = increment.remote(0)
    for _ in range(1, n):
        last = increment.remote(last)
    return ray.get(last)


def measure_map(request):
    n = request["tasks"]
    return rated(n, lambda: sum(ray.get([increment.remote(i) for i in range(n)])))


def measure_tree(request):
    return rated(request["tasks"], lambda: tree(request["tasks"] // 2))


def measure_chain(request):
    n = request["tasks"]
    started = time.perf_counter()
    value = chain(n)
    return {"figures": {"hop": (time.perf_counter() - started) / n * 1000}, "check": value}


def measure_one(request):
    times = []
    total = 0
    for i in range(request["calls"]):
        started = time.perf_counter()
        total += ray.get(increment.remote(i))
        times.append(time.perf_counter() - started)
    return {"figures": {"milliseconds": statistics.median(times) * 1000}, "check": total}


measures = {"map": measure_map, "tree": measure_tree, "chain": measure_chain, "one": measure_one}

if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error", object_store_memory=200_000_000)
    # Ray prints a stack for a signal that it does not know to be meant.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    serve(f"Ray {ray.__version__}", [], lambda request: measures[request["measure"]](request))
