"""Writes fixtures/array-names.json: what NumPy makes of arrays by the functions that have another name elsewhere, and by small ones.

    pip install numpy==2.4.6
    python test/oracle/array_names.py
"""

import base64
import json
import pathlib
import warnings

import numpy as np

assert np.__version__ == "2.4.6"
warnings.simplefilter("ignore")
np.seterr(all="ignore")
random = np.random.default_rng(20261122)


def packed(x):
    x = np.asarray(x)
    return {"dtype": str(x.dtype), "shape": list(x.shape), "data": base64.b64encode(np.ascontiguousarray(x).tobytes()).decode()}


cases = []


def case(name, inputs, args, *results, tolerance=0.0):
    cases.append({"name": name, "inputs": [packed(i) for i in inputs], "args": args, "results": [packed(r) for r in results], "tolerance": tolerance})


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan, 1e300, 5e-324]


def some(shape, dtype):
    dtype = np.dtype(dtype)
    n = int(np.prod(shape))
    if dtype.kind == "b":
        x = random.integers(0, 2, n).astype(bool)
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        x = random.integers(max(info.min, -60), min(info.max, 60), n).astype(dtype)
        x[:2] = [info.min, info.max]
    elif dtype.kind == "c":
        x = (np.round(random.standard_normal(n), 1) + 1j * np.round(random.standard_normal(n), 1)).astype(dtype)
        x[:3] = [0, 2, 3j]
    else:
        x = np.round(random.standard_normal(n) * 10, 2).astype(dtype)
        x[: len(SPECIAL)] = np.asarray(SPECIAL, dtype)
    return x.reshape(shape)


INTEGERS = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
REALS = (*INTEGERS, "f4", "f8")
ALL = ("?", *REALS, "c8", "c16")
SHAPE = (5, 7)

for dtype in ("?", *INTEGERS):
    x, y = some(SHAPE, dtype), some(SHAPE, dtype)[::-1]
    case("bitwiseAnd", [x, y], [], np.bitwise_and(x, y))
    case("bitwiseOr", [x, y], [], np.bitwise_or(x, y))
    case("bitwiseXor", [x, y], [], np.bitwise_xor(x, y))
    case("bitwiseNot", [x], [], np.bitwise_not(x))
    if dtype != "?":
        by = random.integers(0, np.dtype(dtype).itemsize * 8, SHAPE).astype(dtype)
        case("leftShift", [x, by], [], np.left_shift(x, by))
        case("rightShift", [x, by], [], np.right_shift(x, by))
for dtype in ALL:
    x, y = some(SHAPE, dtype), some(SHAPE, dtype)[:, ::-1]
    x.flat[20:] = y.flat[20:]
    x[1, 1] = 0
    for name, f in (("logicalAnd", np.logical_and), ("logicalOr", np.logical_or), ("logicalXor", np.logical_xor), ("notEqual", np.not_equal)):
        case(name, [x, y], [], f(x, y))
    case("logicalNot", [x], [], np.logical_not(x))
    if np.dtype(dtype).kind != "c":
        case("lessEqual", [x, y], [], np.less_equal(x, y))
        case("greaterEqual", [x, y], [], np.greater_equal(x, y))
    case("iscomplex", [x], [], np.iscomplex(x))
    case("isreal", [x], [], np.isreal(x))
    case("isnull", [x], [], np.isnan(x))
    case("notnull", [x], [], ~np.isnan(x))
    case("trueDivide", [x, y], [], np.true_divide(x, y), tolerance=1e-6 if dtype == "c8" else 1e-14 if dtype == "c16" else 0)
    case("zerosLike", [x], [], np.zeros_like(x))
    case("onesLike", [x], [], np.ones_like(x))
    case("fullLike", [x], [1], np.full_like(x, 1))
    case("fliplr", [x], [], np.fliplr(x))
    case("flipud", [x], [], np.flipud(x))
    case("allclose", [x, x], [], np.asarray(np.allclose(x, x)))
    case("allclose", [x, y], [{"equalNan": True}], np.asarray(np.allclose(x, y, equal_nan=True)))
for dtype in REALS:
    x, y = some(SHAPE, dtype), some(SHAPE, dtype)[:, ::-1]
    case("divmod", [x, y], [], *np.divmod(x, y))
    case("fix", [x], [], np.fix(x))
    case("isposinf", [x], [], np.isposinf(x))
    case("isneginf", [x], [], np.isneginf(x))
    # NumPy has halves for the narrowest, which Heddle has not.
    if np.dtype(dtype).itemsize > 1:
        case("fabs", [x], [], np.fabs(x))
        case("rad2deg", [x], [], np.rad2deg(x), tolerance=1e-6 if np.rad2deg(x).dtype == "f4" else 1e-14)
for dtype in ("f4", "f8", "c8", "c16", "i4"):
    x = some(SHAPE, dtype)
    case("angle", [x], [], np.angle(x), tolerance=1e-6 if dtype in ("f4", "c8") else 1e-14)
for dtype in ("f4", "f8"):
    x = some(SHAPE, dtype)
    x[x == 0] = 1
    case("reciprocal", [x], [], np.reciprocal(x))
for shape in ((), (4,), (3, 4), (2, 3, 4)):
    x = random.integers(0, 9, shape)
    case("atleast1d", [x], [], np.atleast_1d(x))
    case("atleast2d", [x], [], np.atleast_2d(x))
    case("atleast3d", [x], [], np.atleast_3d(x))
a, b, c = random.integers(0, 9, (3, 1)), random.integers(0, 9, (1, 5)), random.integers(0, 9, (2, 1, 1))
case("broadcastArrays", [a, b, c], [], *np.broadcast_arrays(a, b, c))
case("unifyChunks", [a, b], [], a, b)

path = pathlib.Path(__file__).parent / "fixtures" / "array-names.json"
path.write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")
