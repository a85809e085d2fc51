"""Writes src/native/ziggurat-tables.ts from the sources of NumPy, so that equal bits give equal normal numbers.

    python native/tables.py PATH_OF_NUMPY_SOURCES
"""

import base64
import pathlib
import re
import struct
import sys

sources = pathlib.Path(sys.argv[1]) / "numpy/random/src/distributions"
header = (sources / "ziggurat_constants.h").read_text()
factorials = (sources / "logfactorial.c").read_text()


def numbers(text, name):
    body = re.search(name + r"\[\] = \{(.*?)\};", text, re.S).group(1)
    return [n.strip() for n in body.split(",") if n.strip()]


def packed(name, code):
    if code in "QI":
        return b"".join(struct.pack("<" + code, int(n.rstrip("UL"), 16)) for n in numbers(header, name))
    return b"".join(struct.pack("<" + code, float(n.rstrip("Ff"))) for n in numbers(header, name))


tables = b"".join(
    packed(name + suffix, integer if name[0] == "k" else real)
    for suffix, integer, real in (("_double", "Q", "d"), ("_float", "I", "f"))
    for name in ("ki", "wi", "fi", "ke", "we", "fe")
)
tables += b"".join(struct.pack("<d", float(n)) for n in numbers(factorials, "logfact"))
assert len(tables) == 18432 + 126 * 8, len(tables)
text = base64.b64encode(tables).decode()
lines = "\n".join(f"  '{text[i : i + 120]}'," for i in range(0, len(text), 120))
(pathlib.Path(__file__).parent.parent / "src/native/ziggurat-tables.ts").write_text(
    f"""// Written by native/tables.py from the sources of NumPy (BSD licence).

/**
 * Twelve tables of 256 numbers (of the normal and the exponential distribution: bounds, widths and heights, as 64-bit and as
 * 32-bit numbers), and the logarithms of the first 126 factorials, in base64.
 */
export const zigguratTables = [
{lines}
].join('')
"""
)
