"""Writes fixtures/ufuncs.json: what NumPy makes of special values of every type, and the types of results.

    pip install numpy==2.4.6
    python test/oracle/ufuncs.py

Heddle has no float16: where NumPy would compute in it, the operands are float32 here.
"""

import base64
import json
import pathlib
import warnings

import numpy as np

assert np.__version__ == "2.4.6"
warnings.simplefilter("ignore")
np.seterr(all="ignore")

TYPES = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64 complex64 complex128".split()
REAL = TYPES[:11]
UNARY = (
    "negative absolute sign square reciprocal sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh "
    "tanh arcsinh arccosh arctanh floor ceil trunc rint invert isnan isinf isfinite signbit logical_not conjugate"
).split()
BINARY = (
    "add subtract multiply divide floor_divide remainder fmod power arctan2 hypot copysign maximum minimum fmax fmin equal "
    "not_equal less less_equal greater greater_equal bitwise_and bitwise_or bitwise_xor left_shift right_shift logical_and "
    "logical_or logical_xor"
).split()


def specials(name):
    dtype = np.dtype(name)
    if name == "bool":
        return np.array([False, True])
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        some = [info.min, info.min + 1, info.max, info.max - 1, info.max // 2, 0, 1, 2, 3, 7, 8, 63]
        return np.array(some + ([-1, -2, -7] if dtype.kind == "i" else []), dtype)
    info = np.finfo(dtype)
    some = [0.0, -0.0, 1, -1, 0.5, -0.5, 2.5, -3.7, 10, np.inf, -np.inf, np.nan, info.max, -info.max, info.tiny, info.smallest_subnormal, 1e5]
    if dtype.kind == "c":
        part = np.array([0.5, -1.25, 0.0, 3.0], dtype)
        return (part[:, None] + 1j * part[None, :]).ravel().astype(dtype)
    return np.array(some, dtype)


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(r.capitalize() for r in rest)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def apply(name, *args):
    """None where NumPy refuses."""
    function = getattr(np, name)
    try:
        result = function(*args)
    except TypeError:
        return None
    if result.dtype == np.float16:
        result = function(*[a.astype(np.float32) for a in args])
    return result


out = {"specials": {t: text(specials(t)) for t in TYPES}, "types": {}, "unary": {}, "binary": {}, "casts": {}, "promotion": {}, "canCast": {}}
for name in UNARY:
    values = {}
    for t in TYPES:
        result = apply(name, specials(t))
        values[t] = None if result is None else [result.dtype.name, text(result)]
    out["unary"][camel(name)] = values
for name in BINARY:
    values, types = {}, {}
    for t in TYPES:
        x, y = [a.ravel() for a in np.meshgrid(specials(t), specials(t), indexing="ij")]
        if name == "power" and np.dtype(t).kind == "i":
            y = np.where(y < 0, np.array(5, t), y)
        if name == "power" and t == "complex64":
            # In single precision NumPy loses digits.
            result = apply(name, x.astype(np.complex128), y.astype(np.complex128)).astype(t)
        else:
            result = apply(name, x, y)
        values[t] = None if result is None else [result.dtype.name, text(result)]
    for a in TYPES:
        for b in TYPES:
            result = apply(name, np.ones(1, a), np.ones(1, b))
            types[f"{a},{b}"] = None if result is None else result.dtype.name
    out["binary"][camel(name)] = values
    out["types"][camel(name)] = types
for a in REAL:
    values = specials(a)
    for b in REAL:
        if np.dtype(a).kind == "f" and np.dtype(b).kind in "iu":
            # What does not fit is up to the processor.
            limit = float(np.iinfo(b).max) if b not in ("int64", "uint64") else 2.0**53
            low = 0.0 if np.dtype(b).kind == "u" else -limit
            values = np.array([v for v in [0.0, -0.0, 0.7, 1.5, 2.99, 100.25, limit, -1.5, -0.5, -100.9, low] if low <= v <= limit], a)
            values = values[values.astype(np.float64) <= limit]
        else:
            values = specials(a)
        out["casts"][f"{a},{b}"] = [text(values), text(values.astype(b))]
for a in TYPES:
    for b in TYPES:
        out["promotion"][f"{a},{b}"] = np.promote_types(a, b).name
        out["canCast"][f"{a},{b}"] = [bool(np.can_cast(a, b, c)) for c in ("no", "safe", "same_kind", "unsafe")]
weak = {}
for t in TYPES:
    weak[t] = [np.result_type(np.dtype(t), s).name for s in (True, 1, 0.5)]
out["weak"] = weak

path = pathlib.Path(__file__).parent / "fixtures" / "ufuncs.json"
path.write_text(json.dumps(out, indent=0))
print(path.stat().st_size)
