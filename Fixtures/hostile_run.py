"""Runs a program within limits of time, memory and disk space, for an ordinary user."""

import dataclasses
import os
import pwd
import signal
import stat
import subprocess
import time

MEMORY_LIMIT_KIB = 1 << 20
DISK_LIMIT_OCTETS = 100_000_000
# what a program that is asked to end may still take for it
ENDING_SECONDS = 3


@dataclasses.dataclass
class Run:
    """How one run of a program ended."""

    status: int
    errors: str
    seconds: float
    peak_kib: int
    # "hung" or "runaway" where it was ended from outside
    ended_as: str = ""


def resident_kib(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
    except OSError:
        return 0


def octets_in(folder, names, of=os.lstat):
    total = 0
    for name in names:
        try:
            found = of(os.path.join(folder, name))
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            total += found.st_blocks * 512
    return total


def octets_below(folder):
    return sum(octets_in(path, names) for path, _, names in os.walk(folder))


def octets_without_name(pid):
    """On disk in files that a process holds open and has removed."""
    folder = f"/proc/{pid}/fd"
    try:
        names = [name for name in os.listdir(folder) if os.readlink(os.path.join(folder, name)).endswith(" (deleted)")]
    except OSError:
        return 0
    return octets_in(folder, names, os.stat)


def end(process):
    """Ends a program with all that it started: its process group is its own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(ENDING_SECONDS)
            return
        except subprocess.TimeoutExpired:
            continue


def run(client, second_limit, number):
    """The client's nth run, to its end or to a limit."""
    start, octets_before = time.monotonic(), octets_below(client.folder)
    user = ordinary_user()
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    environment = dict(os.environ, HOME=client.folder, LC_ALL="C.UTF-8")
    errors_path = client.path(f"run{number}.errors")
    with open(client.path(f"run{number}.output"), "wb") as output, open(errors_path, "wb") as errors:
        process = subprocess.Popen(
            client.command(), cwd=client.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=errors, start_new_session=True, **who)
    peak, ended_as, pause = 0, "", 0.005
    while True:
        try:
            process.wait(pause)
            break
        except subprocess.TimeoutExpired:
            pause = min(pause * 1.5, 0.2)
        peak = max(peak, resident_kib(process.pid))
        written = octets_below(client.folder) + octets_without_name(process.pid) - octets_before
        if time.monotonic() - start > second_limit:
            ended_as = "hung"
        elif peak > MEMORY_LIMIT_KIB or written > DISK_LIMIT_OCTETS:
            ended_as = "runaway"
        if ended_as:
            end(process)
            break
    with open(errors_path, encoding="utf-8", errors="replace") as text:
        told = text.read(100_000)
    return Run(process.returncode, told, time.monotonic() - start, peak, ended_as)


def ordinary_user():
    """For whom programs run where this script runs as root: most refuse to store mail for root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def give_to_ordinary_user(folder):
    user = ordinary_user()
    if user:
        for path, folders, files in os.walk(folder):
            for name in [".", *folders, *files]:
                os.chown(os.path.join(path, name), user.pw_uid, user.pw_gid)
