"""A program under measurement: started once, asked to run its work again and again, one line each way."""
import json
import os
import subprocess
import time

import settings


class Failed(Exception):
    """A program ended or said something that is no answer; carries the end of what it printed."""


class Child:
    """Keeps the program warm between runs, so that two of them can run alternately; idle ones wait on a pipe."""

    def __init__(self, command, threads, environment=()):
        variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        env = {**os.environ, **{name: str(threads) for name in variables}, **dict(environment)}
        self.log = open(os.path.join(settings.WORK, "stderr.log"), "w+")
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        try:
            return json.loads(line)
        except ValueError:
            self.process.kill()
            self.process.wait()
            self.log.seek(0)
            raise Failed((line + self.log.read())[-600:]) from None

    def ask(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.answer()

    def run(self):
        """The answer of one run: its seconds and the processor seconds that it took."""
        before = self.processor_seconds()
        result = self.ask("run")
        return {**result, "cpu": self.processor_seconds() - before}

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self):
        """The most memory that was resident so far."""
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024 / 1e6

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def timed_process(command, environment=()):
    """Wall seconds, processor seconds and peak MB of a command from its start to its end."""
    start = time.perf_counter()
    actions = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    pid = os.posix_spawn(command[0], command, {**os.environ, **dict(environment)}, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise Failed(f"{command}: status {status}")
    return {
        "seconds": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * 1024 / 1e6,
    }
