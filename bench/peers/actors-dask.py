"""Calls of an actor of dask.distributed in a worker process on this machine, from a client and from another actor."""

import asyncio
import statistics
import time

import distributed
from distributed import Client, LocalCluster

from contestant import serve

MEGABYTE = 2**20


class Counter:
    n = 0

    def add(self, by):
        self.n += by
        return self.n

    def size(self, data):
        return len(data)

    def bytes(self, length):
        return bytes(length)

    def ask(self, other, times):
        started = time.perf_counter()
        for _ in range(times):
            other.add(1).result()
        return (time.perf_counter() - started) / times * 1000


async def median_ms(times, call):
    for _ in range(times // 5):
        await call()
    each = []
    for _ in range(times):
        started = time.perf_counter()
        await call()
        each.append(time.perf_counter() - started)
    return statistics.median(each) * 1000


async def measure(request):
    calls = request["calls"]
    blocks = request["blocks"]
    async with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, asynchronous=True, dashboard_address=None
    ) as cluster:
        async with Client(cluster, asynchronous=True) as client:
            a, b = list((await client.scheduler.identity())["workers"])
            counter = await client.submit(Counter, actor=True, workers=[a])
            elsewhere = await client.submit(Counter, actor=True, workers=[b])

            async def add():
                return await counter.add(1)

            method = await median_ms(calls, add)
            await counter.ask(elsewhere, calls // 5)
            between = await counter.ask(elsewhere, calls)
            started = time.perf_counter()
            await asyncio.gather(*(add() for _ in range(calls * 3)))
            many = (time.perf_counter() - started) / (calls * 3) * 1e6
            block = bytes(16 * MEGABYTE)

            async def size():
                return await counter.size(block)

            async def give():
                return await counter.bytes(len(block))

            argument = 16 / (await median_ms(blocks, size) / 1000)
            result = 16 / (await median_ms(blocks, give) / 1000)
            return {"method": method, "between": between, "many": many, "argument": argument, "result": result}


def answer(request):
    return {"figures": asyncio.run(measure(request)), "check": None}


if __name__ == "__main__":
    serve(f"dask.distributed {distributed.__version__}", [], answer)
