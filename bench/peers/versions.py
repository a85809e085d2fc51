"""Prints the versions of the peers as one line of JSON."""

import json
import platform
from importlib.metadata import version

peers = ["dask", "numpy", "pandas", "pyarrow"]
print(json.dumps({"python": platform.python_version()} | {name: version(name) for name in peers}))
