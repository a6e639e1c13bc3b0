"""A client of Jupyter's own for the tests: starts the kernel of a built program and plays one scenario with it.

    kernel-client.py PROGRAM SCENARIO

What was seen is written to standard output as JSON; the test that started this says what it should have been. Only the loopback
address is used.
"""
import json, os, queue, signal, subprocess, sys, tempfile, time

import zmq
from jupyter_client import KernelManager

PATIENCE = 60


class Client:
    """A kernel with a client connected to it."""

    def __init__(self, program, folder):
        self.folder = folder
        self.log = os.path.join(folder, "log")
        subprocess.run([program, "kernel", "install", "--prefix", folder], check=True, stdout=subprocess.DEVNULL)
        os.environ["JUPYTER_PATH"] = os.path.join(folder, "share", "jupyter")
        os.environ["JUPYTER_RUNTIME_DIR"] = os.path.join(folder, "runtime")
        self.manager = KernelManager(kernel_name="assay")
        self.manager.start_kernel(stderr=open(self.log, "wb"), env=os.environ | {"HOME": folder}, cwd=folder)
        self.connect()

    def connect(self):
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def close(self):
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)

    @property
    def pid(self):
        return self.manager.provisioner.process.pid

    def outputs(self, identity, until=lambda seen: False):
        """What is published for a request, until it is idle or enough was seen."""
        seen = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != identity:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status":
                if content["execution_state"] == "idle":
                    return seen
                continue
            seen.append(shortened(kind, content))
            if until(seen):
                return seen

    def reply(self, identity, control=False):
        get = self.client.get_control_msg if control else self.client.get_shell_msg
        while True:
            message = get(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == identity:
                return message["content"]

    def run(self, code, **options):
        identity = self.client.execute(code, **options)
        seen = self.outputs(identity)
        return {"reply": self.reply(identity), "outputs": seen}

    def ask(self, method, *arguments, **options):
        return self.reply(getattr(self.client, method)(*arguments, **options))

    def interrupt(self):
        self.manager.interrupt_kernel()

    def interrupted(self, code, begun):
        """Runs code, interrupts it when `begun` holds of what it put out, and says how long it took to come back."""
        identity = self.client.execute(code)
        self.outputs(identity, until=begun)
        time.sleep(0.3)
        start = time.monotonic()
        self.interrupt()
        reply = self.reply(identity)
        return {"reply": reply, "seconds": time.monotonic() - start}


def shortened(kind, content):
    if kind == "execute_input":
        return [kind, content["execution_count"]]
    if kind == "stream":
        return [content["name"], content["text"]]
    if kind == "error":
        return [kind, content["ename"], content["evalue"], content["traceback"]]
    if kind in ("display_data", "update_display_data"):
        return [kind, content["data"], content.get("transient", {}).get("display_id")]
    if kind == "execute_result":
        return [kind, content["data"], content["execution_count"]]
    return [kind]


def said(text):
    return lambda seen: any(text in output[1] for output in seen if output[0] == "stdout")


def exists(pid):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid, within):
    deadline = time.monotonic() + within
    while exists(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


# --- scenarios ---


def cells(k):
    """The cells of standard input, a JSON list of [code, options]."""
    return [k.run(code, **options) for code, options in json.load(sys.stdin)]


def live(k):
    """When parts of a cell's output arrive, in seconds after its beginning."""
    identity, start, times = k.client.execute(json.load(sys.stdin)), time.monotonic(), []
    while True:
        message = k.client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != identity:
            continue
        if message["msg_type"] == "stream":
            times.append([time.monotonic() - start, message["content"]["text"]])
        if message["content"].get("execution_state") == "idle":
            return times


def interrupts(k):
    k.run("net = nn.mlp{784, 10} d = data.glyphs{n = 10, test = 500}")
    loop = k.interrupted("keep = 42 print('on') while true do pcall(function() while true do end end) end", said("on"))
    strike = k.interrupted(
        "print('on') r = attack.pgd{eps = 0.1, steps = 1000000, early_stop = false}:run(net, d.test)", said("on"))
    return {
        "loop": loop, "attack": strike, "after": k.run("keep, net ~= nil"),
        "child": k.interrupted("print('on') os.execute('sleep 30')", said("on")),
        "again": k.run("1 + 1"),
    }


def signals(k):
    identity = k.client.execute("print('on') while true do end")
    k.outputs(identity, until=said("on"))
    os.kill(k.pid, signal.SIGINT)
    return {"reply": k.reply(identity), "after": k.run("'here'")}


def heartbeat(k):
    """Round trips of the heartbeat while Lua and then native work keep their thread busy."""
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.connect(f"tcp://127.0.0.1:{k.manager.hb_port}")
    k.run("a = tensor.randn({1500, 1500}, {seed = 1}); for _ = 1, 3 do a:matmul(a) end")
    times = {}
    for name, code in (("lua", "print('on') while true do end"),
                       ("native", "print('on') while true do local b = a:matmul(a) end")):
        identity = k.client.execute(code)
        k.outputs(identity, until=said("on"))
        trips = []
        for _ in range(10):
            start = time.monotonic()
            socket.send(b"ping")
            if not socket.poll(5000):
                break
            assert socket.recv() == b"ping"
            trips.append(time.monotonic() - start)
            time.sleep(0.05)
        k.interrupt()
        times[name] = {"trips": len(trips), "longest": max(trips, default=99), "reply": k.reply(identity)["status"]}
    socket.close(0)
    return times


def questions(k):
    k.run("net = nn.mlp{4, 2}\n-- doubles\nfunction twice(x)\n  return 2 * x\nend")
    return {
        "complete": k.ask("complete", "é = attack.pg"),
        "member": k.ask("complete", "net:qua", 7),
        "command": k.ask("complete", ":tim"),
        "inside": k.ask("complete", "tens + 1", 4),
        "inspect": k.ask("inspect", "tensor.zeros(2)", 9),
        "call": k.ask("inspect", "x = tensor.zeros("),
        "text": k.ask("inspect", "twice(3)", 2, 1),
        "help": k.ask("inspect", "?:whos"),
        "nothing": k.ask("inspect", "nosuchthing"),
        "whole": [k.ask("is_complete", code) for code in
                  ("x = 1", "for i = 1, 2 do", "if a then\n  f(", "x = = 1", ":whos", "?tensor", "x = [[", "1 +")],
        "history": k.ask("history", hist_access_type="tail", n=5),
        "range": k.ask("history", hist_access_type="range", session=0, start=1, stop=2, output=True),
        "search": k.ask("history", hist_access_type="search", pattern="*twice*"),
        "comms": k.ask("comm_info"),
        "info": k.ask("kernel_info"),
        "expressions": k.ask("execute", "y = 4", user_expressions={"good": "y * 2", "bad": "nosuch.field"}),
    }


def inputs(k):
    """Answers each question of the cells of standard input with the next of its answers."""
    results = []
    for code, answers, allowed in json.load(sys.stdin):
        identity, prompts, seen = k.client.execute(code, allow_stdin=allowed), [], None
        while seen is None:
            try:
                message = k.client.get_stdin_msg(timeout=0.05)
                prompts.append(message["content"]["prompt"])
                k.client.input(answers.pop(0))
            except queue.Empty:
                pass
            if k.client.shell_channel.msg_ready():
                seen = k.outputs(identity)
        results.append({"prompts": prompts, "outputs": seen, "reply": k.reply(identity)})
    asking = k.client.execute("x = io.read()")
    k.client.get_stdin_msg(timeout=PATIENCE)
    k.interrupt()
    return {"cells": results, "interrupted": k.reply(asking), "after": k.run("2 + 2")}


def queued(k):
    """Cells sent at once, behind one that fails; then with stop_on_error off; then one more."""
    identities = [k.client.execute(code) for code in ("error('x')", "first = 1", "second = 2")]
    stopped = [k.reply(identity) for identity in identities]
    identities = [k.client.execute(code, stop_on_error=False) for code in ("error('x')", "third = 3")]
    going = [k.reply(identity)["status"] for identity in identities]
    return {"stopped": stopped, "going": going, "after": k.run("first, second, third")}


def restarting(k):
    k.run("x = 1")
    old = k.pid
    running = k.client.execute("print('on') while true do end")
    k.outputs(running, until=said("on"))
    start = time.monotonic()
    k.manager.restart_kernel()
    k.client.wait_for_ready(timeout=PATIENCE)
    seconds = time.monotonic() - start
    result = {"seconds": seconds, "old": exists(old), "after": k.run("x")}
    new = k.pid
    k.client.shutdown()
    result["gone"] = gone(new, 10)
    result["code"] = k.manager.provisioner.process.wait()
    return result


def leaving(k):
    reply = k.run("exit")
    return {"reply": reply["reply"], "gone": gone(k.pid, 10)}


def exiting(k):
    """What a cell wrote before os.exit, and the code with which the kernel ended."""
    identity = k.client.execute("print('last') io.write('words') os.exit(3)")
    seen = k.outputs(identity, until=lambda seen: "words" in seen[-1][1] if seen[-1][0] == "stdout" else False)
    return {"outputs": seen, "gone": gone(k.pid, 10), "code": k.manager.provisioner.process.wait()}


def forging(k):
    """Messages that are not signed with the kernel's key, and one that is sent a second time."""
    session = k.client.session
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.connect(f"tcp://127.0.0.1:{k.manager.shell_port}")

    def frames(code):
        message = session.msg("execute_request", {
            "code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False})
        return session.serialize(message)

    good = frames("good = (good or 0) + 1")
    forged = frames("forged = true")
    forged[1] = bytes([forged[1][0] ^ 1]) + forged[1][1:]
    changed = frames("changed = 1")
    changed[5] = changed[5].replace(b"changed", b"swapped")
    unsigned = frames("unsigned = true")
    unsigned[1] = b""
    for parts in (forged, changed, unsigned, good, good, [b"nonsense"], [b"<IDS|MSG>", b""]):
        socket.send_multipart(parts)
    answered = 0
    while socket.poll(1000):
        socket.recv_multipart()
        answered += 1
    socket.close(0)
    after = k.run("good, forged, changed, swapped, unsigned")
    return {"answered": answered, "after": after, "log": open(k.log).read().splitlines()}


def listening(k):
    """The addresses on which the kernel listens, as the system has them in hexadecimal."""
    inodes = set()
    for name in os.listdir(f"/proc/{k.pid}/fd"):
        target = os.readlink(f"/proc/{k.pid}/fd/{name}")
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    addresses = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in open(f"/proc/{k.pid}/net/{table}").read().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and (fields[3] == "0A" or table.startswith("udp")):
                addresses.append(fields[1].split(":")[0])
    return addresses


def notebook(k):
    """A notebook run by nbconvert in a process of its own, and one whose second cell fails."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    def convert(name, *codes):
        path = os.path.join(k.folder, name + ".ipynb")
        cells = [new_markdown_cell("# A notebook")] + [new_code_cell(code) for code in codes]
        metadata = {"kernelspec": {"name": "assay", "display_name": "Lua (assay)", "language": "lua"}}
        nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
        done = subprocess.run(
            [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", name + "-run", path],
            capture_output=True, text=True, env=os.environ | {"HOME": k.folder})
        return done, os.path.join(k.folder, name + "-run.ipynb")

    def seen(cell):
        values = [o for o in cell.outputs if o.output_type in ("execute_result", "display_data")]
        data = values[-1].data if values else {}
        return {"stdout": "".join(o.text for o in cell.outputs if o.output_type == "stream"),
                "types": sorted(data), "text": data.get("text/plain", "")}

    done, path = convert(
        "good", "local sum = 0\nfor i = 1, 4 do sum = sum + i end\nprint('sum', sum)",
        "study.sweep{models = {net = nn.mlp{784, 10}}, attack = attack.fgsm{}, eps = linspace(0, 0.3, 3), "
        "data = data.glyphs{n = 10, test = 20}.test, seed = 1}:plot{x = 'eps', y = 'accuracy', by = 'model'}",
        "tensor{{1, 2}, {3, 4}}", "{{name = 'a', value = 1}, {name = 'b', value = 2}}")
    result = {"code": done.returncode, "errors": done.stderr[-2000:]}
    if done.returncode == 0:
        result["cells"] = [seen(cell) for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    percent = os.path.join(k.folder, "percent.lua")
    with open(percent, "w") as file:
        file.write("-- ---\n-- jupyter:\n--   kernelspec: {display_name: Lua (assay), language: lua, name: assay}\n"
                   "-- ---\n\n-- %% [markdown]\n-- # Percent\n\n-- %%\nlocal x = 6\n\n-- %%\nshow(7 * x)\n")
    done = subprocess.run(
        [sys.executable, "-m", "jupytext", "--to", "ipynb", "--execute", percent],
        capture_output=True, text=True, env=os.environ | {"HOME": k.folder})
    result["jupytext"] = [done.returncode] + [
        output.data["text/plain"] for cell in nbformat.read(os.path.join(k.folder, "percent.ipynb"), 4).cells
        for output in cell.get("outputs", [])]
    done, _ = convert("bad", "x = 1", "error('no such luck')")
    result["failing"] = [done.returncode, "no such luck" in done.stderr]
    return result


SCENARIOS = {f.__name__: f for f in (
    cells, live, interrupts, signals, heartbeat, questions, inputs, queued, restarting, leaving, exiting, forging, listening,
    notebook)}


def orphan(program, folder):
    """A client that is killed takes its kernel along."""
    child = subprocess.Popen(
        [sys.executable, __file__, program, "abandon"], stdout=subprocess.PIPE, text=True, env=os.environ)
    pid = int(child.stdout.readline())
    before = exists(pid)
    child.kill()
    child.wait()
    start = time.monotonic()
    ended = gone(pid, 10)
    return {"before": before, "gone": ended, "seconds": time.monotonic() - start}


def abandon(program, folder):
    k = Client(program, folder)
    running = k.client.execute("print('on') while true do end")
    k.outputs(running, until=said("on"))
    print(k.pid, flush=True)
    time.sleep(PATIENCE)


def main():
    program, scenario = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        if scenario in ("orphan", "abandon"):
            return print(json.dumps(globals()[scenario](program, folder)))
        k = Client(program, folder)
        try:
            print(json.dumps(SCENARIOS[scenario](k)))
        finally:
            k.close()


main()
