"""The same on dask.distributed: a scheduler process, worker processes of one thread, and a remote client."""

import importlib
import signal
import sys
import time

import distributed

from contestant import serve

cluster = importlib.import_module("cluster-dask")


def group(request, variant):
    records, partitions, keys = request["records"], request["partitions"], request["keys"]
    if variant == "bag, tasks":
        import dask.bag

        numbers = dask.bag.range(records, npartitions=partitions).map(lambda value: {"key": value * 7919 % keys, "value": value})
        groups = numbers.groupby(lambda record: record["key"], npartitions=partitions, shuffle="tasks")
        return groups.map(lambda pair: len(pair[1])).sum()
    import dask.dataframe
    import numpy
    import pandas

    size = records // partitions

    def part(i):
        value = numpy.arange(i * size, (i + 1) * size)
        return pandas.DataFrame({"key": value * 7919 % keys, "value": value})

    frame = dask.dataframe.from_map(part, range(partitions), meta=part(0))
    method = variant.split(", ")[1]
    return frame.shuffle("key", npartitions=partitions, shuffle_method=method).map_partitions(len).sum()


def main():
    members = cluster.Members(cluster.WORKERS)
    try:
        with distributed.Client(scheduler_file=members.file, timeout=30, name="bench") as client:
            client.wait_for_workers(cluster.WORKERS)

            def answer(request):
                collection = group(request, request["variant"])
                started = time.perf_counter()
                check = int(collection.compute())
                return {"figures": {"seconds": time.perf_counter() - started}, "check": check}

            serve(f"dask {distributed.__version__}", ["bag, tasks", "dataframe, tasks", "dataframe, p2p"], answer)
    finally:
        members.stop()


if __name__ == "__main__":
    # What stops it may end it, but not leave the others behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    main()
