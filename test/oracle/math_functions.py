"""Writes fixtures/math-functions.json: values of mathematical functions, correctly rounded to float64.

    pip install mpmath==1.3.0 numpy==2.4.6
    python test/oracle/math_functions.py
"""

import base64
import json
import pathlib

import mpmath
import numpy as np

mpmath.mp.prec = 2400  # huge arguments of sin and cos need 1074 + 1024 bits of pi
random = np.random.Generator(np.random.PCG64(20240511))
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 1.0, -1.0, 0.5, -0.5]


def everywhere(n):
    """Any exponent, either sign."""
    return np.ldexp(random.uniform(0.5, 1, n), random.integers(-1074, 1025, n)) * random.choice([-1.0, 1.0], n)


def between(low, high, n=120):
    return random.uniform(low, high, n)


def near(point, n=40):
    return point * (1 + random.choice([-1.0, 1.0], n) * 2.0 ** random.uniform(-53, -2, n))


def multiples(step, n=60):
    """Where sines and tangents are hardest: next to multiples of a quarter of the circle."""
    k = np.concatenate([random.integers(-50, 50, n // 2), random.integers(-(10**9), 10**9, n // 2)])
    return k * step


QUARTER = np.pi / 2
UNARY = {
    "exp": (mpmath.exp, [between(-745.2, 709.8), between(-1, 1), near(709.7), near(-745.0), near(-708.4)]),
    "exp2": (lambda x: mpmath.mpf(2) ** x, [between(-1075, 1024), between(-1, 1), near(1023.9), near(-1022.5)]),
    "expm1": (mpmath.expm1, [between(-50, 709.8), between(-1, 1), near(0.35), near(-0.35), near(1e-9)]),
    "log": (mpmath.log, [between(0, 10), near(1.0), near(2**0.5), near(2**-0.5), np.abs(everywhere(100))]),
    "log2": (lambda x: mpmath.log(x, 2), [between(0, 10), near(1.0), 2.0 ** np.arange(-1074, 1024, 37), np.abs(everywhere(100))]),
    "log10": (mpmath.log10, [between(0, 10), near(1.0), 10.0 ** np.arange(-300, 300, 11), np.abs(everywhere(100))]),
    "log1p": (mpmath.log1p, [between(-1, 10), near(-0.29), near(0.41), near(1e-9), near(-0.9999)]),
    "sin": (mpmath.sin, [between(-10, 10), multiples(QUARTER), between(-1e6, 1e6), near(0.7)]),
    "cos": (mpmath.cos, [between(-10, 10), multiples(QUARTER), between(-1e6, 1e6), near(0.7)]),
    "tan": (mpmath.tan, [between(-10, 10), multiples(QUARTER), between(-1e6, 1e6), near(0.7)]),
    "arcsin": (mpmath.asin, [between(-1, 1), near(1.0), near(0.5), near(-1.0)]),
    "arccos": (mpmath.acos, [between(-1, 1), near(1.0), near(0.5), near(-1.0), near(1e-9)]),
    "arctan": (mpmath.atan, [between(-3, 3), between(-100, 100), near(0.414), near(2.414), near(0.66)]),
    "sinh": (mpmath.sinh, [between(-710.4, 710.4), between(-2, 2), near(22.0), near(710.3)]),
    "cosh": (mpmath.cosh, [between(-710.4, 710.4), between(-2, 2), near(22.0), near(710.3)]),
    "tanh": (mpmath.tanh, [between(-25, 25), between(-1, 1), near(0.55), near(1e-8), near(22.0)]),
    "arcsinh": (mpmath.asinh, [between(-100, 100), between(-2, 2), near(1e-8), near(2.0**28)]),
    "arccosh": (mpmath.acosh, [between(1, 100), between(1, 2), near(1.0), near(2.0**28)]),
    "arctanh": (mpmath.atanh, [between(-1, 1), near(0.5), near(1.0), near(1e-8)]),
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), [between(-10, 10), np.arange(1.0, 40.0) ** 3]),
    "sqrt": (mpmath.sqrt, [between(0, 10)]),
}
BINARY = {
    "arctan2": lambda y, x: mpmath.atan2(y, x),
    "hypot": lambda x, y: mpmath.sqrt(x * x + y * y),
    "power": lambda x, y: x**y,
}


def rounded(value):
    """The nearest float64, subnormal ones included, ties to even."""
    exponent = max(int(mpmath.floor(mpmath.log(abs(value), 2))) - 52, -1074)
    units = int(mpmath.nint(mpmath.ldexp(value, -exponent)))
    return float(np.ldexp(float(units), exponent))


def exact(function, *args):
    """What the function gives for finite numbers; NumPy's answer says what becomes of the others."""
    try:
        result = function(*[mpmath.mpf(float(a)) for a in args])
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    if isinstance(result, mpmath.mpc) or mpmath.isnan(result) or mpmath.isinf(result) or result == 0:
        return None
    return rounded(result)


def text(array):
    return base64.b64encode(np.asarray(array, dtype="<f8").tobytes()).decode()


def values_of(name, function, *args):
    with np.errstate(all="ignore"):
        plain = getattr(np, name)(*args)
    expected = []
    for i, usual in enumerate(plain):
        operands = [a[i] for a in args]
        easy = not all(np.isfinite(operands)) or 0 in operands or np.isnan(usual) or usual == 0 or np.isinf(usual)
        value = None if easy else exact(function, *operands)
        expected.append(usual if value is None else value)
    return text(expected)


fixtures = {}
for name, (function, parts) in UNARY.items():
    x = np.concatenate([SPECIAL, everywhere(120), *parts])
    fixtures[name] = {"args": [text(x)], "expected": values_of(name, function, x)}
    print(name, len(x))
for name, function in BINARY.items():
    x, y = [a.ravel() for a in np.meshgrid(SPECIAL, SPECIAL)]
    if name == "power":
        base = np.concatenate([np.abs(everywhere(100)), between(0, 10, 300), near(1.0, 200), -np.arange(1.0, 30.0)])
        most = 745 / np.maximum(np.abs(np.log(np.abs(base))), 1e-300)
        exponent = np.where(base > 0, random.uniform(-1, 1, len(base)) * np.minimum(most, 1e300), random.integers(-9, 9, len(base)))
        x, y = np.concatenate([x, base]), np.concatenate([y, exponent])
    else:
        x = np.concatenate([x, everywhere(150), between(-10, 10, 200)])
        y = np.concatenate([y, everywhere(150), between(-10, 10, 200)])
    fixtures[name] = {"args": [text(x), text(y)], "expected": values_of(name, function, x, y)}
    print(name, len(x))

out = pathlib.Path(__file__).parent / "fixtures" / "math-functions.json"
out.write_text(json.dumps(fixtures, indent=0))
print(out.stat().st_size)
