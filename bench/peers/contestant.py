"""The Python side of bench/contestant.ts: says who it is, then answers each line of its input with a line of JSON."""

import json
import sys
import traceback


def serve(name, variants, answer):
    """`answer(request)` gives {"figures": {...}, "check": ...}; the program ends with its input."""
    out = sys.stdout
    # What anything else prints goes where people read it.
    sys.stdout = sys.stderr

    def write(reply):
        out.write(json.dumps(reply) + "\n")
        out.flush()

    write({"name": name, "variants": variants})
    for line in sys.stdin:
        try:
            write(answer(json.loads(line)))
        except Exception:
            write({"error": traceback.format_exc()})
