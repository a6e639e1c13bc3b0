"""Start-up of the assay binary, measured from outside: an empty chunk, and the first prompt in a pseudo-terminal."""
import json, os, pty, select, statistics, subprocess, sys, time

assay = sys.argv[1]


def empty_chunk():
    start = time.perf_counter()
    subprocess.run([assay, "-e", ""], check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - start


def first_prompt():
    start = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(assay, [assay])
    seen = b""
    while b"> " not in seen:
        if not select.select([terminal], [], [], 5)[0]:
            raise SystemExit("no prompt within 5 s: %r" % seen)
        seen += os.read(terminal, 4096)
    elapsed = time.perf_counter() - start
    os.write(terminal, b"\x04")
    while True:  # the child may still be writing: read until it closes its side
        try:
            if not os.read(terminal, 4096):
                break
        except OSError:
            break
    os.waitpid(pid, 0)
    return elapsed


for name, measure in (("start: assay -e ''", empty_chunk), ("start: first prompt in a terminal", first_prompt)):
    times = sorted(measure() for _ in range(21))
    print(json.dumps({"what": name, "unit": "ms", "median": round(1e3 * statistics.median(times), 2),
                      "min": round(1e3 * times[0], 2), "max": round(1e3 * times[-1], 2), "runs": len(times)}))
