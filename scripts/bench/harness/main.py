"""The comparison: runs the cases that were asked for, prints a table, writes JSON lines."""
import argparse
import json
import os
import sys

import bounds
import settings
import startup
from cases import CASES
from child import Failed
from measure import compare


def options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench/compare", description="Assay beside its peers on this machine, measured alternately.")
    names = [startup.NAME, bounds.NAME] + [case.name for case in CASES]
    parser.add_argument("--quick", action="store_true", help="fewer images and three runs, for a first look")
    parser.add_argument("--only", default="", help="cases separated by commas: " + ", ".join(names))
    parser.add_argument("--threads", default="1,2", help="thread counts (default 1,2)")
    parser.add_argument("--runs", type=int, help="alternating runs per case (default 7, quick 3)")
    parser.add_argument(
        "--sift", action="store_true", help="try the peers' settings on few images, and only the best two on all")
    parser.add_argument("--output", help="file to append JSON lines to (default .build-peers/compare.jsonl)")
    parsed = parser.parse_args()
    parsed.only = [name for name in parsed.only.split(",") if name]
    for name in parsed.only:
        if name not in names:
            parser.error(f"unknown case '{name}' (known: {', '.join(names)})")
    try:
        parsed.threads = [int(text) for text in parsed.threads.split(",")]
    except ValueError:
        parser.error(f"--threads: expected numbers separated by commas, got '{parsed.threads}'")
    parsed.runs = parsed.runs or (3 if parsed.quick else 7)
    return parsed


def log(text):
    print(text, file=sys.stderr, flush=True)


def line(row):
    """A row of the table, for a ratio or for a share of a measured limit."""
    mark = "met" if row["met"] else "missed"
    wanted = f"{row['target']:g} {mark}" if row["target"] is not None else "-"
    name = f"{row['title']} / {row['peer']}"
    same = (row.get("same") or {}).get("verdict", "-")
    memory = f"{row['memory_ratio']:.1f}" if row.get("memory_ratio") else "-"
    cpu = f"{row['cpu_ratio']:.2f}" if row.get("cpu_ratio") else "-"
    spread = row["assay"]
    other = row["peer_seconds"]["median"] if row.get("peer_seconds") else row["limit"]
    return (
        f"{name:<50} {row['threads']:>2} {spread['median']:>10.4g} {spread['min']:>9.4g} {spread['max']:>9.4g} "
        f"{other:>10.4g} {row['ratio']:>7.2f} "
        f"{cpu:>6} {wanted:>12} {memory:>7} {same:>8} {handover(row):>9}")


def handover(row):
    """Least and most nanoseconds between two processors and back while the case ran."""
    found = row.get("handovers_ns") or [0]
    return f"{min(found):.0f}-{max(found):.0f}" if max(found) > 0 else "-"


HEAD = (
    f"{'case / peer':<50} {'th':>2} {'assay':>10} {'min':>9} {'max':>9} {'peer':>10} {'ratio':>7} {'cpu':>6} "
    f"{'target':>12} {'memory':>7} {'results':>8} {'handover':>9}")  # fmt: skip


def main():
    wanted = options()
    rows, path = [], wanted.output or os.path.join(settings.ENVIRONMENT, "compare.jsonl")

    def keep(row):
        row["met"] = row["target"] is None or (
            row["ratio"] <= row["target"] if row.get("lower_is_better") else row["ratio"] >= row["target"])
        rows.append(row)
        with open(path, "a") as file:
            file.write(json.dumps(row) + "\n")
        log(line(row))

    failed = 0
    for name, measure in [(startup.NAME, startup.rows), (bounds.NAME, bounds.rows)]:
        if not wanted.only or name in wanted.only:
            log(f"{name} ...")
            try:
                for row in measure(wanted, log):
                    keep(row)
            except Failed as failure:
                failed += 1
                log(f"  failed: {failure}")
    for case in CASES:
        if wanted.only and case.name not in wanted.only:
            continue
        for threads in wanted.threads:
            log(f"{case.name}, {threads} threads ...")
            try:
                for row in compare(case, threads, wanted.runs, wanted.quick, wanted.sift, log):
                    keep(row)
            except Failed as failure:
                failed += 1
                log(f"  failed: {failure}")
    print(HEAD)
    for row in rows:
        print(line(row))
    print("assay, peer: median seconds (limits: the unit in the name); ratio: peer / assay, or the share of the limit;")
    print("cpu: the ratio of processor seconds; memory: peer's peak / ours; results: whether both computed the same;")
    print("handover: nanoseconds between two processors and back, least and most while the case ran.")
    print(f"JSON lines: {path}")
    differs = [row for row in rows if (row.get("same") or {}).get("verdict") == "differs"]
    return 1 if failed or differs else 0


sys.exit(main())
