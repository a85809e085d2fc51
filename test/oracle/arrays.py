"""Writes fixtures/arrays.json: what NumPy makes of whole arrays, for the collection of chunked arrays.

    pip install numpy==2.4.6
    python test/oracle/arrays.py
"""

import base64
import json
import pathlib
import warnings

import numpy as np

assert np.__version__ == "2.4.6"
warnings.simplefilter("ignore")
np.seterr(all="ignore")

rng = np.random.default_rng(20261121)
f = rng.normal(size=(7, 11)) * 3
g = rng.uniform(0.5, 2, size=(7, 11))
h = np.where(rng.random((7, 11)) < 0.2, np.nan, f)
i = rng.integers(-20, 20, size=(7, 11))
u = rng.integers(0, 200, size=(7, 11)).astype(np.uint8)
b = rng.random((7, 11)) < 0.4
v = rng.normal(size=11)
t = rng.normal(size=(4, 6, 5))
s = rng.normal(size=(7, 11)).astype(np.float32)
c = rng.normal(size=(7, 11)) + 1j * rng.normal(size=(7, 11))
line = rng.integers(0, 1000, size=60)
one = np.array(2.5)
big = np.full((7, 11), 2**62 + 1, dtype=np.int64)

inputs = dict(f=f, g=g, h=h, i=i, u=u, b=b, v=v, t=t, s=s, c=c, line=line, one=one, big=big)
cases = {}


def case(name, value):
    cases[name] = encode(np.asarray(value))


def encode(a):
    dtype = str(a.dtype)
    return {"dtype": dtype, "shape": list(a.shape), "data": base64.b64encode(np.ascontiguousarray(a).tobytes()).decode()}


case("arith", (f + g) * 2 - f / g)
case("scalars", 3 - f * 0.5)
case("intScalar", i * 2 + 1)
case("intFloatScalar", i + 0.5)
case("uintScalar", u + 3)
case("uintCompare", u < 300)
case("intDivide", i / 3)
case("intFloor", i // 3)
case("intRemainder", i % 7)
case("broadcastRow", f + v)
case("broadcastColumn", f * f[:, :1])
case("broadcastZero", f + one)
case("broadcast3d", t + t[:, :1, :])
case("int8uint8", (u % 128).astype(np.int8) + u)
case("float32Scalar", s * 0.1)
case("float32Int", s + i)
case("complexArith", c * c + f)
case("complexScalar", c * 2 - 0.5)
case("complexAbs", np.abs(c))
case("complexConj", np.conj(c))
case("where", np.where(f > 0, f, 0))
case("whereInt", np.where(b, i, u))
case("clip", np.clip(f, -1, 2))
case("astypeInt", f.astype(np.int32))
case("astypeFloat", i.astype(np.float32))
case("astypeBool", i.astype(bool))
case("round2", np.round(f, 2))
case("roundTens", np.round(i, -1))
case("isclose", np.isclose(f, f + 1e-9))
case("nanToNum", np.nan_to_num(h))
case("sinc", np.sinc(f))
case("logaddexp", np.logaddexp(f, g))
case("logaddexp2", np.logaddexp2(f, g))
case("modfFraction", np.modf(f)[0])
case("modfWhole", np.modf(f)[1])
case("ldexp", np.ldexp(f, i))
case("deg2rad", np.deg2rad(f))
case("power3", f**3)
case("powerInt", i**2)
case("powerHalf", g**0.5)
case("powerNegative", g**-2)
case("floatPower", np.float_power(np.abs(i) + 1, -2))
case("select", np.select([f < 0, f > 1], [i, u], 7))
case("choose", np.choose(np.abs(i) % 3, [f, g, s]))

for name, fn in dict(sum=np.sum, prod=np.prod, min=np.min, max=np.max, mean=np.mean, std=np.std, var=np.var).items():
    case(f"{name}All", fn(g))
    case(f"{name}Axis0", fn(g, axis=0))
    case(f"{name}Axis1", fn(g, axis=1))
    case(f"{name}Keep", fn(t, axis=(0, 2), keepdims=True))
    case(f"{name}Int", fn(np.abs(i) % 3 + 1, axis=0))
    case(f"{name}Float32", fn(s, axis=1))
    case(f"{name}NaN", fn(h, axis=1))
    case(f"nan{name}", getattr(np, f"nan{name}")(h, axis=0))
    case(f"nan{name}All", getattr(np, f"nan{name}")(h))
case("stdSample", np.std(f, axis=0, ddof=1))
case("sumComplex", c.sum(axis=0))
case("meanComplex", c.mean(axis=1))
case("stdComplex", c.std(axis=1))
case("sumBig", big.sum())
case("sumBool", b.sum(axis=0))
case("meanBool", b.mean())
case("sumUint", u.sum())
case("sumDtype", u.sum(dtype=np.float64))
case("anyAxis", b.any(axis=0))
case("allAxis", (f < 5).all(axis=1))
case("argminAll", f.argmin())
case("argmaxAxis0", f.argmax(axis=0))
case("argminAxis1", i.argmin(axis=1))
case("argmax3d", t.argmax(axis=1))
case("argmaxTies", (np.abs(i) % 3).argmax())
case("argminNaN", h.argmin(axis=1))
case("nanargmax", np.nanargmax(h, axis=1))
case("nanargmin", np.nanargmin(h))
case("countNonzero", np.count_nonzero(i, axis=0))
case("ptp", np.ptp(f, axis=1))
case("average", np.average(f, weights=g))
case("averageAxis", np.average(f, axis=1, weights=np.abs(v)))
case("cumsum0", f.cumsum(axis=0))
case("cumsum1", i.cumsum(axis=1))
case("cumsumFlat", f.cumsum())
case("cumprod1", g.cumprod(axis=1))
case("cumsum3d", t.cumsum(axis=1))
case("nancumsum", np.nancumsum(h, axis=1))
case("nancumprod", np.nancumprod(h, axis=0))

case("sliceStep", f[::2, 1:9:3])
case("sliceNegative", f[::-1, -3:])
case("sliceInteger", f[2])
case("sliceIntegers", f[2, -1])
case("sliceList", f[[3, 1, 1, 6]])
case("sliceMask", f[:, v > 0])
case("sliceNew", f[None, :, 3, None])
case("sliceDots", t[..., 1])
case("sliceEmpty", f[5:2])
case("sliceBoth", t[1:3, ::-2, [4, 0]])
case("maskedAll", f[f > 0])
case("maskedRows", f[f[:, 0] > 0])
case("takeArray", f[:, np.abs(i[0]) % 11])

case("reshapeFlat", f.reshape(-1))
case("reshape77", f.reshape(11, 7))
case("reshape3d", t.reshape(6, 20))
case("reshapeSplit", t.reshape(2, 2, 6, 5))
case("reshapeMerge", t.reshape(24, 5))
case("reshapeOnes", f.reshape(1, 7, 1, 11))
case("transpose", t.transpose())
case("transposeAxes", t.transpose(1, 2, 0))
case("transposeAdd", f.T + v[:, None])
case("swapaxes", t.swapaxes(0, 2))
case("moveaxis", np.moveaxis(t, 0, -1))
case("rollaxis", np.rollaxis(t, 2))
case("squeeze", f[:, :1].squeeze())
case("flip", np.flip(t))
case("flipAxis", np.flip(f, 1))
case("rot90", np.rot90(f))
case("rot90Three", np.rot90(f, 3))
case("roll", np.roll(f, 3, axis=1))
case("rollNegative", np.roll(f, (-2, 4), axis=(0, 1)))
case("rollFlat", np.roll(f, 20))
case("repeat", np.repeat(f, 3, axis=0))
case("repeatFlat", np.repeat(i, 2))
case("repeatEach", np.repeat(f, [0, 1, 2, 3, 0, 1, 2], axis=0))
case("tile", np.tile(f, (2, 3)))
case("tileMore", np.tile(v, (2, 2)))
case("concatenate", np.concatenate([f, i, s], axis=1))
case("concatenate0", np.concatenate([f, g[:3]]))
case("stack", np.stack([f, g, i], axis=1))
case("vstack", np.vstack([v, f]))
case("hstack", np.hstack([f, g[:, :2]]))
case("dstack", np.dstack([f, g]))
case("block", np.block([[f, g], [g, f]]))
case("broadcastTo", np.broadcast_to(v, (3, 7, 11)))
case("expandDims", np.expand_dims(f, (0, 2)))
case("meshgrid0", np.meshgrid(v, f[:, 0])[0])
case("meshgrid1", np.meshgrid(v, f[:, 0], indexing="ij")[1])
case("rechunkSum", (f + 1).sum(axis=0))

case("arange", np.arange(3, 50, 7))
case("arangeFloat", np.arange(0.1, 3, 0.1))
case("arangeDown", np.arange(10, 0, -3))
case("linspace", np.linspace(0, 1, 23))
case("linspaceOpen", np.linspace(-3, 2, 17, endpoint=False))
case("eye", np.eye(6, 9, 2))
case("tri", np.tri(6, 9, -1))
case("indices", np.indices((3, 5))[1])
case("full", np.full((3, 4), 7))

for mode in ("constant", "edge", "reflect", "symmetric", "wrap", "maximum", "mean"):
    case(f"pad{mode.capitalize()}", np.pad(f, ((2, 3), (0, 4)), mode=mode))
case("padConstantOne", np.pad(f, 1, constant_values=5))


def assigned(a, index, value):
    a = a.copy()
    a[index] = value
    return a


case("assignSlice", assigned(f, np.s_[1:6:2, ::-3], g[:3, :4]))
case("assignRow", assigned(f, 2, v))
case("assignList", assigned(f, np.s_[[5, 0], 3:5], 7))
case("assignMask", assigned(f, f < 0, 0))
case("assignInt", assigned(i, np.s_[:, 1], 100))
case("windows", np.lib.stride_tricks.sliding_window_view(f, (3, 2)))

texts = {name: str(a) for name, a in dict(f=f, i=i, u=u, b=b, v=v, t=t, h=h, c=c, one=one, line=line).items()}
texts["small"] = str(np.array([1e-10, 1.0, 1e10]))
texts["long"] = str(np.arange(2000))
texts["longRows"] = str(np.arange(5000.0).reshape(100, 50))
texts["halves"] = str(np.array([0.5, -0.25, 3.0]))
texts["infinite"] = str(np.array([np.inf, -np.inf, np.nan, 1.5]))
texts["whole"] = str(np.array([1.0, 2.0, 300.0]))
texts["tiny"] = str(np.array([0.00001, 0.1]))
texts["float32"] = str(np.array([0.1, 1 / 3], dtype=np.float32))
texts["true"] = str(np.array(True))
texts["scalar"] = str(np.array(502500000.0))
texts["empty"] = str(np.zeros((0,)))

path = pathlib.Path(__file__).parent / "fixtures" / "arrays.json"
path.write_text(
    json.dumps({"inputs": {k: encode(x) for k, x in inputs.items()}, "cases": cases, "texts": texts}, separators=(",", ":")) + "\n"
)
print(path, path.stat().st_size)
