"""The same on Dask Bag and its multiprocessing scheduler."""

import re
import resource
import time
from hashlib import sha256

import dask
import dask.bag

from contestant import serve


def words(line):
    return re.findall(r"[^\W\d_]+", line.lower())


def cpu_seconds():
    """Of this process and of those it started that have ended."""
    usages = map(resource.getrusage, [resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN])
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def answer(request):
    started = time.perf_counter()
    cpu = cpu_seconds()
    counts = dask.bag.read_text(request["files"]).map(words).flatten().frequencies()
    options = {"scheduler": "processes", "num_workers": 2}
    if request["whole"]:
        digest = sha256()
        for word, count in sorted(counts.compute(**options)):
            digest.update(f"{word} {count}\n".encode())
        check = digest.hexdigest()
    else:
        check = counts.topk(10, key=1).compute(**options)
    figures = {"seconds": time.perf_counter() - started, "cpu": cpu_seconds() - cpu}
    return {"figures": figures, "check": check}


if __name__ == "__main__":
    serve(f"Dask Bag {dask.__version__}", [], answer)
