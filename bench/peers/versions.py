"""Prints the versions of the peers that are here as one line of JSON."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version


def find(name):
    try:
        return {name: version(name)}
    except PackageNotFoundError:
        return {}


found = {"python": platform.python_version()}
for name in ["dask", "distributed", "numpy", "pandas", "pyarrow", "polars", "ray"]:
    found |= find(name)
print(json.dumps(found))
