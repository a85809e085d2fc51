"""The same cluster of dask.distributed: a scheduler process, worker processes of one thread, and a remote client."""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import distributed
import psutil
from distributed import Client, LocalCluster

from contestant import serve

WORKERS = int(sys.argv[1])
# "queued" is how it comes; "unqueued" switches the queueing of root tasks off, which costs memory and saves time.
SATURATION = {"queued": "1.1", "unqueued": "inf"}[sys.argv[2]]

environment = os.environ | {
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": SATURATION,
    "DASK_LOGGING__DISTRIBUTED": "critical",
}


def increment(x):
    return x + 1


def add(a, b):
    return a + b


def slow_increment(x, seconds):
    time.sleep(seconds)
    return x + 1


def slow_add(a, b, seconds):
    time.sleep(seconds)
    return a + b


def make(size, x):
    import numpy

    return numpy.full(size, x, dtype="uint8")


def use(array):
    return len(array) + int(array[0]) + int(array[-1])


class Members:
    """The processes. None has a nanny, as in the cluster they are compared with."""

    def __init__(self, workers):
        self.folder = tempfile.mkdtemp(prefix="heddle-bench-")
        self.file = os.path.join(self.folder, "scheduler.json")
        self.started = 0
        self.workers = []
        self.scheduler = self.start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        for _ in range(workers):
            self.add_worker()

    def start(self, program, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", self.file, *arguments]
        return subprocess.Popen(command, env=environment, stdout=sys.stderr, cwd=os.path.dirname(__file__))

    def add_worker(self):
        name = f"w{self.started}"
        self.started += 1
        options = ["--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name]
        process = self.start("dask_worker", *options, "--local-directory", self.folder)
        self.workers.append((name, process))

    def kill_worker(self):
        _, process = self.workers.pop(0)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self):
        for process in [*(process for _, process in self.workers), self.scheduler]:
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def pairs(level, join):
    following = [join(a, b) for a, b in zip(level[::2], level[1::2])]
    return following + level[-1:] if len(level) % 2 else following


def raw_tree(client, leaves):
    graph = {("leaf", i): (increment, i) for i in range(leaves)}
    level = list(graph)
    while len(level) > 1:

        def join(a, b):
            key = ("sum", len(graph))
            graph[key] = (add, a, b)
            return key

        level = pairs(level, join)
    return client.get(graph, level[0])


def futures_tree(client, leaves):
    level = client.map(increment, range(leaves), pure=False)
    while len(level) > 1:
        level = pairs(level, lambda a, b: client.submit(add, a, b, pure=False))
    return level[0].result()


TREES = {"raw graph": raw_tree, "futures": futures_tree}


class Answers:
    def __init__(self, client, members):
        self.client = client
        self.members = members
        self.scheduler = psutil.Process(members.scheduler.pid)

    def cpu(self):
        """Microseconds of processor time of the scheduler."""
        times = self.scheduler.cpu_times()
        return (times.user + times.system) * 1e6

    def rated(self, n, run):
        cpu = self.cpu()
        started = time.perf_counter()
        value = run()
        seconds = time.perf_counter() - started
        return {"figures": {"rate": n / seconds, "seconds": seconds, "cpu": (self.cpu() - cpu) / n}, "check": value}

    def map(self, request):
        n = request["tasks"]
        return self.rated(n, lambda: sum(self.client.gather(self.client.map(increment, range(n), pure=False))))

    def tree(self, request):
        n = request["tasks"]
        return self.rated(n, lambda: TREES[request["variant"]](self.client, n // 2))

    def submits(self, request):
        n = request["tasks"]
        started = time.perf_counter()
        futures = [self.client.submit(increment, i, pure=False) for i in range(n)]
        total = sum(self.client.gather(futures))
        return {"figures": {"rate": n / (time.perf_counter() - started)}, "check": total}

    def memory(self, request):
        """What the scheduler grows by while the futures are held, and how long a second client waits for it."""
        n = request["tasks"]
        gap = 0
        beating = True
        watcher = Client(self.client.scheduler.address, set_as_default=False)

        def beat():
            nonlocal gap
            last = time.perf_counter()
            while beating:
                time.sleep(0.01)
                watcher.sync(watcher.scheduler.ncores)
                now = time.perf_counter()
                gap = max(gap, now - last)
                last = now

        before = self.scheduler.memory_info().rss
        thread = threading.Thread(target=beat)
        thread.start()
        started = time.perf_counter()
        futures = self.client.map(increment, range(n), pure=False)
        distributed.wait(futures)
        seconds = time.perf_counter() - started
        beating = False
        thread.join()
        growth = (self.scheduler.memory_info().rss - before) / n
        watcher.close()
        del futures
        return {"figures": {"rate": n / seconds, "growth": growth, "gap": gap * 1000}}

    def chain(self, request):
        n = request["tasks"]
        started = time.perf_counter()
        last = self.client.submit(increment, 0, pure=False)
        for _ in range(1, n):
            last = self.client.submit(increment, last, pure=False)
        value = last.result()
        return {"figures": {"hop": (time.perf_counter() - started) / n * 1000}, "check": value}

    def one(self, request):
        times = []
        total = 0
        for i in range(request["calls"]):
            started = time.perf_counter()
            total += self.client.submit(increment, i, pure=False).result()
            times.append(time.perf_counter() - started)
        return {"figures": {"milliseconds": statistics.median(times) * 1000}, "check": total}

    def transfer(self, request):
        (source, _), (target, _) = self.members.workers
        count, size = request["values"], request["bytes"]
        made = [self.client.submit(make, size, i + 1, workers=[source], pure=False) for i in range(count)]
        distributed.wait(made)
        started = time.perf_counter()
        used = [self.client.submit(use, value, workers=[target], pure=False) for value in made]
        total = sum(self.client.gather(used))
        seconds = time.perf_counter() - started
        return {"figures": {"rate": size * count / 1e9 / seconds}, "check": total}

    def start(self, request):
        started = time.perf_counter()
        cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
        seconds = time.perf_counter() - started
        cluster.close()
        return {"figures": {"seconds": seconds}}

    def kill(self, request):
        n, seconds = request["tasks"], request["milliseconds"] / 1000
        started = time.perf_counter()
        level = self.client.map(slow_increment, range(n // 2), seconds=seconds, pure=False)
        while len(level) > 1:
            level = pairs(level, lambda a, b: self.client.submit(slow_add, a, b, seconds, pure=False))
        after = request.get("after")
        timer = threading.Timer(after, self.members.kill_worker) if after is not None else None
        if timer:
            timer.start()
        value = level[0].result()
        elapsed = time.perf_counter() - started
        if timer:
            timer.join()
            self.members.add_worker()
            self.client.wait_for_workers(WORKERS)
        return {"figures": {"seconds": elapsed}, "check": value}


def main():
    members = Members(WORKERS)
    try:
        with Client(scheduler_file=members.file, timeout=30, name="bench") as client:
            client.wait_for_workers(WORKERS)
            answers = Answers(client, members)
            serve(
                f"dask.distributed {distributed.__version__}" + ("" if SATURATION == "1.1" else " (worker-saturation inf)"),
                [],
                lambda request: getattr(answers, request["measure"])(request),
            )
    finally:
        members.stop()


if __name__ == "__main__":
    # What stops it may end it, but not leave the others behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    main()
