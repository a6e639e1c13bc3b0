"""Runs a case: finds the peers' best settings, alternates, checks that both sides computed the same."""
import json
import os
import statistics
import subprocess
from dataclasses import replace
from itertools import count

import numpy
import settings
from child import Child, Failed

numbers = count()


def start(case, program, flags, threads, amount):
    """A child for Assay's script, or for a peer's program with its settings."""
    script, *arguments = program
    tail = [settings.WORK, *arguments, str(amount)]
    if script.endswith(".lua"):
        return Child([settings.ASSAY, "run", os.path.join(settings.BENCH, "assay", script), *tail], threads)
    names = [flag for flag in flags.split(",") if flag]
    environment = dict(settings.HUGE_PAGES) if "hugetlb" in names else {}
    if "jit" in names:
        environment["BREVITAS_JIT"] = "1"
    own = ",".join(name for name in names if name not in ("hugetlb", "jit"))
    path = os.path.join(settings.BENCH, "peers", script)
    return Child([settings.PYTHON, path, "--threads", str(threads), "--set", own, *tail], threads, environment)


def best_variant(case, peer, threads, amount, log):
    """The running child of the peer's fastest variant, with what every variant took."""
    best, tried = None, {}
    for program, flags in peer.variants:
        label = label_of(program, flags)
        try:
            child = start(case, program, flags, threads, amount)
            seconds = min(child.run()["seconds"] for _ in range(1 if len(peer.variants) == 1 else 2))
        except Failed as failure:
            tried[label] = None
            log(f"    {label}: does not run: {str(failure).strip().splitlines()[-1:]}")
            continue
        tried[label] = seconds
        log(f"    {label}: {seconds:.4g} s")
        if best and best[0] <= seconds:
            child.close()
            continue
        if best:
            best[1].close()
        best = (seconds, child, label)
    if not best:
        raise Failed(f"no variant of {peer.name} runs")
    return best[1], best[2], tried


def label_of(program, flags):
    return " ".join(program[1:]) + (f" [{flags}]" if flags else "")


def sifted(case, peer, threads, log):
    """The peer with the two variants that are fastest on the amount of a quick run, and what every variant took there."""
    child, _, tried = best_variant(case, peer, threads, case.quick, log)
    child.close()
    known = [variant for variant in peer.variants if tried[label_of(*variant)]]
    fastest = sorted(known, key=lambda variant: tried[label_of(*variant)])[:2]
    return replace(peer, variants=fastest), {f"{label}, {case.quick}": seconds for label, seconds in tried.items()}


def limits(name, threads):
    """What a small C program measures: a line of JSON."""
    path = os.path.join(settings.ENVIRONMENT, "limits", name)
    return json.loads(subprocess.run([path, str(threads)], check=True, capture_output=True, text=True).stdout)


def handover(threads):
    """Nanoseconds from one processor to another and back; it says in which state a virtual machine was."""
    return limits("handover", threads)["handover_ns"]


def spread(values):
    values = sorted(values)
    return {"median": statistics.median(values), "min": values[0], "max": values[-1], "runs": len(values)}


def compare(case, threads, runs, quick, sift, log):
    """One row per peer of the case; `sift` tries all settings on the amount of a quick run, and only the best two on all."""
    amount = case.quick if quick else case.count
    ours = start(case, case.assay, "", threads, amount)
    sides = {}
    try:
        for peer in case.peers:
            chosen, before = sifted(case, peer, threads, log) if sift and not quick else (peer, {})
            child, label, tried = best_variant(case, chosen, threads, amount, log)
            sides[peer.name] = child, label, before | tried
        ours.run()
        times = {name: [] for name in ["assay", *sides]}
        handovers = [handover(threads)]
        for _ in range(runs):
            times["assay"].append(ours.run())
            for name, (child, _, _) in sides.items():
                times[name].append(child.run())
            handovers.append(handover(threads))
        same = agreement(case, quick)
        rows = [
            {**row(case, peer, threads, amount, times, ours, sides[peer.name], same), "handovers_ns": handovers}
            for peer in case.peers]
    finally:
        for child in [ours, *(side[0] for side in sides.values())]:
            child.close()
    return rows


def row(case, peer, threads, amount, times, ours, side, same):
    child, label, tried = side
    mine, theirs = times["assay"], times[peer.name]
    seconds = [spread([r["seconds"] for r in side]) for side in (mine, theirs)]
    processor = [statistics.median(r["cpu"] for r in side) for side in (mine, theirs)]
    memory = [ours.peak_megabytes(), child.peak_megabytes()]
    return {
        "case": case.name, "title": case.title, "threads": threads, "amount": amount, "peer": peer.name,
        "setting": label, "tried": tried, "assay": seconds[0], "peer_seconds": seconds[1],
        "ratio": seconds[1]["median"] / seconds[0]["median"], "target": peer.target,
        "cpu_ratio": processor[1] / processor[0] if processor[0] else None,
        "memory_mb": [round(m, 1) for m in memory], "memory_ratio": memory[1] / memory[0],
        "same": same(ours, child),
    }  # fmt: skip


# After few steps accuracies still depend on the order of the examples, of few examples they are coarse.
QUICK_TOLERANCE = 4


def agreement(case, quick):
    """How two sides are compared in this case."""
    return lambda ours, child: compared(case, ours, child, QUICK_TOLERANCE if quick else 1)


def compared(case, ours, child, slack):
    """What was compared and how far apart it lay; "differs" when it is more than the case allows."""
    paths = [os.path.join(settings.WORK, f"logits-{next(numbers)}.npy") for _ in range(2)]
    answers = [side.ask("check " + path) for side, path in zip((ours, child), paths)]
    found, ok = {}, True
    if case.logits:
        a, b = (numpy.load(path) for path in paths)
        found["logits"] = float(abs(a - b).max() / abs(b).max())
        ok &= a.shape == b.shape and found["logits"] <= case.logits
    for name in ("accuracy", "robust"):
        values = [answer.get(name) for answer in answers]
        if None not in values:
            found[name] = values
        if getattr(case, name):
            ok &= None not in values and abs(values[0] - values[1]) <= slack * getattr(case, name)
    for path in filter(os.path.exists, paths):
        os.remove(path)
    return {**found, "verdict": "same" if ok else "differs"} if case.logits or case.accuracy else None
