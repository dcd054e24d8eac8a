"""Runs a command and tells what it took."""

import dataclasses
import os
import resource
import signal
import subprocess
import threading
import time


@dataclasses.dataclass
class Usage:
    """What a command took, with all processes that it waited for."""

    # the exit status; None where the time limit ended it
    status: int | None
    errors: str
    wall: float
    # seconds of CPU
    cpu: float
    # of the largest process
    peak_kib: int


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(command, folder, second_limit, user=None, environment=None):
    """Runs it in the folder, where its output is left in `output` and `errors`. Needs GNU time."""
    # GNU time stands between, as a process counts the memory of the one it was forked from, and Python is not small.
    # It tells the CPU by hundredths of a second, so that is counted here.
    usage_path = os.path.join(folder, "usage")
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with open(os.path.join(folder, "output"), "wb") as output, open(os.path.join(folder, "errors"), "wb") as errors:
        start, cpu_before = time.monotonic(), cpu_of_children()
        process = subprocess.Popen(
            ["time", "-q", "-f", "%M", "-o", usage_path, *command], cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True, **who)
        # A wait with a time-out of its own would look only every 50 ms.
        limit = threading.Timer(second_limit, os.killpg, (process.pid, signal.SIGKILL))
        limit.start()
        try:
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            limit.cancel()
        wall, cpu = time.monotonic() - start, cpu_of_children() - cpu_before
    with open(os.path.join(folder, "errors"), encoding="utf-8", errors="replace") as text:
        told = text.read(100_000)
    if status == -signal.SIGKILL:
        return Usage(None, told, wall, cpu, 0)
    with open(usage_path, encoding="ascii") as line:
        return Usage(status, told, wall, cpu, int(line.read()))


def octets_on_disk(path):
    return int(subprocess.run(["du", "-s", "-B1", path], check=True, stdout=subprocess.PIPE).stdout.split()[0])
