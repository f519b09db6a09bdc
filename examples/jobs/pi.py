"""Pi as the area under 4 / (1 + x^2) from 0 to 1, the strips shared out over all ranks by Bodo.

BODO_SPAWN_MODE=0 mpiexec -n 2 python pi.py [STRIPS]
"""

import sys
import time

import bodo


@bodo.jit(cache=True)
def area(strips):
    """The midpoint rule: each rank adds up its own strips, and `total` is the sum over all ranks."""
    total = 0.0
    for strip in bodo.prange(strips):
        x = (strip + 0.5) / strips
        total += 4.0 / (1.0 + x * x)
    return total / strips


strips = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000_000
started_at_s = time.perf_counter()
pi = area(strips)
took_s = time.perf_counter() - started_at_s
if bodo.get_rank() == 0:
    print(f"pi is {pi:.12f} by {strips:,} strips on {bodo.get_size()} ranks, {took_s:.1f} s with compiling", flush=True)
