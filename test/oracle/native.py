"""Writes fixtures/native.json: sorted arrays, random streams and products of matrices, as NumPy makes them.

    pip install numpy==2.4.6
    python test/oracle/native.py
"""

import base64
import json
import pathlib

import numpy as np

assert np.__version__ == "2.4.6"
TYPES = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64 complex64 complex128".split()
random = np.random.default_rng(20260511)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def sample(name, n):
    dtype = np.dtype(name)
    if name == "bool":
        return random.integers(0, 2, n).astype(bool)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        values = random.integers(info.min, info.max, n, dtype=dtype, endpoint=True)
        values[: n // 4] = random.integers(0, 20, n // 4)
        values[n // 4 : n // 4 + 4] = [info.min, info.max, 0, 1]
        return random.permutation(values)
    if dtype.kind == "c":
        return (sample(f"float{dtype.itemsize * 4}", n) + 1j * sample(f"float{dtype.itemsize * 4}", n)).astype(dtype)
    values = (random.standard_normal(n) * 10.0 ** random.integers(-5, 6, n)).astype(dtype)
    values[: n // 4] = np.round(random.standard_normal(n // 4) * 3)
    info = np.finfo(dtype)
    values[n // 4 : n // 4 + 10] = [np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, info.max, info.smallest_subnormal, -info.tiny, np.nan]
    return random.permutation(values)


np.seterr(all="ignore")
sorting = []
for name in TYPES:
    for n in (40, 300, 1200):
        values = sample(name, n)
        sorting.append(
            {
                "dtype": name,
                "values": text(values),
                "sorted": text(np.sort(values)),
                "places": text(np.argsort(values, kind="stable").astype("i8")),
            }
        )

GENERATORS = {"pcg64": np.random.PCG64, "pcg64dxsm": np.random.PCG64DXSM, "philox": np.random.Philox}
seeds = [0, 42, 2**40 + 7, 2**200 + 12345, [1, 2, 2**33]]
seeding = []
for seed in seeds:
    for key in ((), (3,), (1, 2**20)):
        sequence = np.random.SeedSequence(seed, spawn_key=key)
        given = [str(s) for s in seed] if isinstance(seed, list) else str(seed)
        seeding.append({"seed": given, "key": list(key), "words": text(sequence.generate_state(10))})

streams = []
N = 200
for kind, generator in GENERATORS.items():
    for seed in (7, 12345678901234567890):
        def fresh():
            return np.random.Generator(generator(np.random.SeedSequence(seed, spawn_key=(5,))))

        mixed = fresh()
        streams.append(
            {
                "generator": kind,
                "seed": str(seed),
                "words": text(fresh().bit_generator.random_raw(N)),
                "jumped": text(fresh().bit_generator.jumped(3).random_raw(50)),
                "uniform": text(fresh().random(N)),
                "uniform32": text(fresh().random(N, dtype="f4")),
                "normal": text(fresh().standard_normal(4 * N)),
                "normal32": text(fresh().standard_normal(4 * N, dtype="f4")),
                "exponential": text(fresh().standard_exponential(4 * N)),
                "exponential32": text(fresh().standard_exponential(4 * N, dtype="f4")),
                "exponentialByInversion": text(fresh().standard_exponential(N, method="inv")),
                "permutation": text(fresh().permutation(N)),
                "mixed": [
                    text(mixed.random(3, dtype="f4")),
                    text(mixed.random(3)),
                    text(mixed.integers(0, 100, 5, dtype="u1")),
                    text(mixed.random(2, dtype="f4")),
                ],
            }
        )

# So many that there are layers of every number, tails, and odd ends of blocks; every 97th is told, and the word after them.
long = []
for count in (100_003, 66_560):
    g = np.random.Generator(np.random.PCG64(np.random.SeedSequence(3)))
    standard = text(g.standard_normal(count)[::97])
    other = text(g.normal(3.0, 0.5, count)[::97])
    long.append({"count": count, "standard": standard, "normal": other, "next": text(g.bit_generator.random_raw(3))})

integers = []
for name in TYPES[:9]:
    low, high = (0, 1) if name == "bool" else (int(np.iinfo(name).min), int(np.iinfo(name).max))
    spans = {(low, high), (0, 1), (low, low)}
    if name != "bool":
        spans |= {(0, 99), (high - 5, high), (0, high), (0, high // 3 * 2)}
        if np.dtype(name).itemsize == 8:
            spans |= {(0, 2**32 - 1), (0, 2**32), (5, 2**40)}
    for a, b in sorted(spans):
        g = np.random.Generator(np.random.PCG64(99))
        integers.append({"dtype": name, "low": str(a), "high": str(b), "values": text(g.integers(a, b, N, dtype=name, endpoint=True))})

CONTINUOUS = {
    "uniform": [(-2.0, 5.0)],
    "normal": [(3.0, 0.5)],
    "exponential": [(2.5,)],
    "gamma": [(0.3, 2.0), (1.0, 1.0), (7.5, 0.5), (0.0, 1.0)],
    "beta": [(0.4, 0.7), (2.0, 5.0), (1e-104, 2e-104), (0.001, 0.002)],
    "chisquare": [(3.0,), (0.5,)],
    "f": [(4.0, 7.0)],
    "standard_cauchy": [()],
    "pareto": [(3.0,)],
    "weibull": [(1.5,), (0.0,)],
    "power": [(2.5,)],
    "laplace": [(1.0, 2.0)],
    "gumbel": [(1.0, 2.0)],
    "logistic": [(1.0, 2.0)],
    "lognormal": [(0.5, 0.75)],
    "rayleigh": [(2.0,)],
    "standard_t": [(4.5,)],
    "noncentral_chisquare": [(3.0, 2.0), (0.7, 2.0), (2.0, 0.0)],
    "noncentral_f": [(3.0, 5.0, 2.0)],
    "wald": [(2.0, 3.0)],
    "triangular": [(-1.0, 0.5, 2.0)],
    "vonmises": [(0.5, 4.0), (1.0, 1e-9), (1.0, 5e-6), (-3.0, 2e6)],
}
DISCRETE = {
    "poisson": [(3.5,), (50.0,), (0.0,), (1e6,)],
    "binomial": [(10, 0.3), (1000, 0.4), (1000, 0.9), (20, 0.95), (0, 0.5), (100000, 0.001)],
    "negative_binomial": [(4.0, 0.3)],
    "geometric": [(0.5,), (0.05,)],
    "logseries": [(0.7,), (0.05,)],
    "zipf": [(2.5,), (1.1,), (2000.0,)],
    "hypergeometric": [(10, 20, 5), (200, 100, 80), (1000, 5000, 3000), (100000, 200000, 1000)],
}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(r.capitalize() for r in rest)


distributions = []
for kind, table in (("continuous", CONTINUOUS), ("discrete", DISCRETE)):
    for name, cases in table.items():
        for parameters in cases:
            g = np.random.Generator(np.random.PCG64(123))
            distributions.append(
                {
                    "kind": kind,
                    "name": camel(name),
                    # uniform is kept as (low, range)
                    "parameters": [parameters[0], parameters[1] - parameters[0]] if name == "uniform" else list(parameters),
                    "values": text(getattr(g, name)(*parameters, size=300)),
                }
            )
chances = np.array([0.2, 0.3, 0.4, 0.1])
multinomial = text(np.random.Generator(np.random.PCG64(5)).multinomial(1000, chances, 50))

matrices = []
for name in TYPES[1:]:
    for m, k, n in ((1, 1, 1), (3, 5, 2), (7, 300, 9), (70, 13, 37)):
        def make(*shape):
            if np.dtype(name).kind in "iu":
                return random.integers(0, 100, shape).astype(name)
            x = random.standard_normal(shape)
            return (x + 1j * random.standard_normal(shape) if np.dtype(name).kind == "c" else x).astype(name)

        a, b = make(m, k), make(k, n)
        wide = {"float32": "f8", "complex64": "c16"}.get(name, name)
        product = (a.astype(wide) @ b.astype(wide)).astype(name)
        matrices.append({"dtype": name, "m": m, "k": k, "n": n, "a": text(a), "b": text(b), "product": text(product)})

out = {
    "sorting": sorting,
    "seeding": seeding,
    "streams": streams,
    "longNormals": long,
    "integers": integers,
    "distributions": distributions,
    "multinomial": multinomial,
    "matrices": matrices,
}
path = pathlib.Path(__file__).parent / "fixtures" / "native.json"
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
