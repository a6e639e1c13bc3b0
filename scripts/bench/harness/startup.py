"""Start-up: the first prompt in a terminal and an empty chunk against importing torch and torchattacks."""
import os
import pty
import select
import time

import settings
from child import timed_process
from measure import spread

NAME = "startup"


def first_prompt():
    """Seconds from the start of the program to its first prompt."""
    start = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(settings.ASSAY, [settings.ASSAY])
    seen = b""
    while b"> " not in seen:
        if not select.select([terminal], [], [], 10)[0]:
            raise SystemExit(f"no prompt within 10 s: {seen!r}")
        seen += os.read(terminal, 4096)
    elapsed = time.perf_counter() - start
    os.write(terminal, b"\x04")
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        pass  # the program has closed its side
    os.waitpid(pid, 0)
    return elapsed


def rows(wanted, log):
    empty = [settings.ASSAY, "-e", ""]
    imports = [settings.PYTHON, "-c", "import torch, torchattacks"]
    timed_process(imports), first_prompt()  # fills the page cache
    prompts, ours, theirs = [], [], []
    for _ in range(wanted.runs):
        prompts.append(first_prompt())
        ours.append(timed_process(empty))
        theirs.append(timed_process(imports))
    peer = spread([r["seconds"] for r in theirs])
    memory = [r[0]["memory"] for r in (ours, theirs)]
    for title, seconds, target in (
        ("first prompt", prompts, 150),
        ("an empty chunk", [r["seconds"] for r in ours], None),
    ):
        mine = spread(seconds)
        yield {
            "case": NAME, "title": title, "threads": 1, "peer": "import torch, torchattacks", "assay": mine,
            "peer_seconds": peer, "ratio": peer["median"] / mine["median"], "target": target,
            "memory_mb": memory, "memory_ratio": memory[1] / memory[0],
        }  # fmt: skip
