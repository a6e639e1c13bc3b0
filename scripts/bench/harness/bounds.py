"""Single operations against the machine's measured limits: multiply-adds, memory bandwidth, cost of a call."""
import os

import settings
from child import Child, Failed
from measure import limits, spread

NAME = "limits"
# Operation, calls per run, work per call (flop or bytes), which limit, target share. The limits are of arrays that lie in
# the caches; the first calls of a run find there what the limits' program left, so there are many.
OPERATIONS = [
    ("matmul", 20, 2 * 1024**3, "multiply_add_gflops", 0.8),
    ("add", 200, 12 * 2048**2, "add_gbps", 0.7),
    ("chain", 200, 24 * 2048**2, "scale_gbps", 0.7),  # three operations, each reads and writes
    ("exp", 200, 8 * 2048**2, "scale_gbps", 0.7),
    ("sum", 200, 4 * 2048**2, "read_gbps", 0.7),
]
TITLES = {
    "matmul": "matmul 1024, GFLOP/s", "add": "a + b 4 M, GB/s", "chain": "relu(2 a + 1) 4 M, 3 operations, GB/s",
    "exp": "exp 4 M, GB/s", "sum": "sum 4 M, GB/s",
}  # fmt: skip


def measured(threads):
    return {**limits("peak", threads), **limits("bandwidth", threads)}


def rows(wanted, log):
    for threads in wanted.threads:
        yield from shares(threads, wanted)
    yield from overheads(wanted)


def shares(threads, wanted):
    """Rates of operations as shares of limits that are measured in between, so that both see the same machine."""
    for name, calls, work, limit, target in OPERATIONS:
        child = operation(name, calls, threads)
        rates, bounds = [], []
        for _ in range(wanted.runs):
            bounds.append(measured(threads)[limit])
            rates.append(work * calls / child.run()["seconds"] * 1e-9)
        child.close()
        mine, bound = spread(rates), spread(bounds)
        yield {
            "case": NAME, "title": TITLES[name], "threads": threads, "peer": limit, "assay": mine,
            "limit": bound["median"], "limits": bound, "ratio": mine["median"] / bound["median"], "target": target,
        }  # fmt: skip


def operation(name, calls, threads):
    script = os.path.join(settings.BENCH, "assay", "ops.lua")
    return Child([settings.ASSAY, "run", script, settings.WORK, name, str(calls)], threads)


def overheads(wanted):
    """Nanoseconds of an add of one element, from Lua and from Swift, against the target."""
    calls = 200000
    if not os.path.exists(settings.OPERATIONS):
        raise Failed(f"{settings.OPERATIONS} is missing: build the product kernel-bench beside the binary")
    lua = operation("add1", calls, 1)
    swift = Child([settings.OPERATIONS, str(calls)], 1)
    for title, child, target in (("add of 1 element from Lua, ns", lua, 300), ("from Swift, ns", swift, 60)):
        nanoseconds = spread([child.run()["seconds"] / calls * 1e9 for _ in range(wanted.runs)])
        child.close()
        yield {
            "case": NAME, "title": title, "threads": 1, "peer": "target", "assay": nanoseconds, "limit": target,
            "ratio": nanoseconds["median"], "target": target, "lower_is_better": True,
        }  # fmt: skip
