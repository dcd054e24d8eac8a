#!/usr/bin/env python3
"""Races mailcask against other programs: each fetches the same mail of the same Dovecot over POP3S, in turn.

race.sh installs and builds what this needs, and explains the options.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import compare_mail  # noqa: E402
import measure  # noqa: E402
import race_check  # noqa: E402
import race_clients  # noqa: E402
import race_tables  # noqa: E402
from hostile_run import give_to_ordinary_user, ordinary_user  # noqa: E402
from race_tables import Mail, Results, Stage, again  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
# what a program is given for one run
LIMIT_SECONDS = 1800
# how often a program that fails is started anew, with nothing
ATTEMPT_LIMIT = 3


def say(text):
    print(f"race: {text}", file=sys.stderr, flush=True)


class Server:
    """A Dovecot on loopback with the mail, and the proxies that make the way to it long."""

    def __init__(self, folder):
        self.folder = folder
        self.mail = os.path.join(folder, "mail")
        self.env_path = os.path.join(folder, "env")
        self.proxies = {}

    def control(self, command):
        subprocess.run(
            ["sh", os.path.join(HERE, "dovecot.sh"), command, self.folder], check=True, stdout=subprocess.DEVNULL)

    def start(self):
        self.control("start")
        with open(self.env_path, encoding="utf-8") as lines:
            env = dict(line.rstrip("\n").split("=", 1) for line in lines)
        self.port, self.ca_file = int(env["POP3S_PORT"]), env["CA_FILE"]

    def port_at(self, round_trip):
        if not round_trip:
            return self.port
        if round_trip not in self.proxies:
            self.proxies[round_trip] = proxy = subprocess.Popen(
                [sys.executable, os.path.join(HERE, "delay_proxy.py"), str(self.port), "--round-trip", str(round_trip)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            proxy.port = int(proxy.stdout.readline())
        return self.proxies[round_trip].port

    def stop(self):
        for proxy in self.proxies.values():
            proxy.communicate()
        self.control("stop")

    def require_proxies(self):
        if any(proxy.poll() is not None for proxy in self.proxies.values()):
            sys.exit("race: the proxy has ended")


class Way:
    """Where the programs of a stage find the server."""

    def __init__(self, server, stage):
        self.port, self.ca_file = server.port_at(stage.round_trip), server.ca_file


def make_mail(server, options):
    """Fills the server's folder; the folder that has the truth."""
    shutil.rmtree(server.mail, ignore_errors=True)
    truth = os.path.join(options.work, "truth")
    shutil.rmtree(truth, ignore_errors=True)
    os.makedirs(truth)
    if options.mail:
        say(f"copying {options.mail}")
        os.makedirs(server.folder, exist_ok=True)
        subprocess.run(["cp", "-a", options.mail, server.mail], check=True)
    else:
        subprocess.run(
            [sys.executable, os.path.join(HERE, "sample_mail.py"), server.mail, "--users", str(options.users),
             "--messages", str(options.messages), "--seed", str(options.seed), "--attachment-scale", "4.2",
             *([] if options.odd else ["--no-odd"])],
            check=True, stdout=sys.stderr)
    known = [os.path.join(server.mail, name) for name in ("truth.jsonl", "truth-messages.jsonl")]
    known = [path for path in known if os.path.exists(path)]
    for path in known:
        shutil.copy(path, truth)
    return truth if known else server.mail


def mailboxes(folder):
    """User -> sizes of the messages."""
    return {
        user: [os.path.getsize(path) for path in compare_mail.maildir_files(os.path.join(folder, user))]
        for user in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, user, "Maildir"))}


def users_of(stage, sizes, limit):
    """Who takes part: all where that is quick, else as many as keep the stage within minutes."""
    if limit:
        count = limit
    elif stage.round_trip:
        count = max(2, stage.parallel * 5 // 4)
    else:
        count = stage.parallel * 6
    if count >= len(sizes):
        return list(sizes)
    return [user for user in sizes if sizes[user]][:count]


class Race:
    def __init__(self, server, truth, options):
        self.server, self.truth, self.options = server, truth, options
        self.results = Results()
        self.sizes = mailboxes(server.mail)
        self.folder = os.path.join(options.work, "run")
        self.environment = {
            **os.environ, **race_clients.KEEPER_ENVIRONMENT, "HOME": self.folder, "BORG_BASE_DIR": self.folder,
            "LC_ALL": "C.UTF-8"}

    def run(self):
        programs = [one for one in race_clients.PROGRAMS if one.name in self.options.programs]
        keepers = [one for one in race_clients.KEEPERS if one.name in self.options.programs]
        stages = self.options.stages
        keeping_stage = race_tables.LOOPBACK if race_tables.LOOPBACK in stages else stages[0]
        for stage in stages:
            users = users_of(stage, self.sizes, self.options.accounts)
            sizes = [size for user in users for size in self.sizes[user]]
            self.results.mail[stage] = Mail(len(sizes), len(users), sum(sizes))
            self.name_rows(stage, programs)
            for number in range(1, self.options.rounds + 1):
                say(f"{stage}, round {number} of {self.options.rounds}: {self.results.mail[stage]}")
                for program in programs if number % 2 else reversed(programs):
                    is_slow_round = number <= self.options.slow_rounds
                    if is_slow_round or not program.is_slow:
                        is_kept = program.name == "mpop" and stage == keeping_stage and is_slow_round
                        self.run_program(program, stage, users, keepers if is_kept else ())

    def name_rows(self, stage, programs):
        """So that they stand in one order, whoever was run first."""
        for program in programs:
            self.results.row(stage, program.name, program.is_run_by_account)
        for program in programs:
            if program.remembers:
                self.results.row(stage, again(program.name), program.is_run_by_account)

    def run_program(self, program_class, stage, users, keepers):
        """Once with all to fetch and once with nothing new, and those that keep what it fetched."""
        row = self.results.row(stage, program_class.name)
        for _ in range(ATTEMPT_LIMIT):
            self.begin()
            program = program_class(self.folder, Way(self.server, stage), users, stage.parallel)
            give_to_ordinary_user(self.folder)
            usage = self.measured(program.name, program.command())
            if program.succeeded(usage):
                break
            self.complain(program.name, usage)
        else:
            row.verdicts.add("failed")
            return
        row.add([usage], measure.octets_on_disk(program.path(program.stored)))
        if program.remembers:
            second = self.measured(again(program.name), program.command())
            if program.succeeded(second):
                self.results.row(stage, again(program.name)).add([second])
            else:
                self.complain(again(program.name), second)
                self.results.row(stage, again(program.name)).verdicts.add("failed")
        for keeper in keepers:
            self.run_keeper(keeper, stage, usage)
        # What the second run brought again counts as too many.
        row.verdicts.add(race_check.verdict(program, self.truth))
        say(f"    {program.name}: {', '.join(sorted(row.verdicts))}")
        shutil.rmtree(self.folder)

    def run_keeper(self, keeper, stage, usage_of_mpop):
        self.measured(f"{keeper.name}, made", ["sh", "-c", keeper.make])
        usage = self.measured(keeper.name, ["sh", "-c", keeper.command])
        row = self.results.row(stage, keeper.title)
        kept = os.path.join(self.folder, keeper.stored)
        if usage.status == 0:
            row.add([usage_of_mpop, usage], measure.octets_on_disk(kept))
        else:
            self.complain(keeper.name, usage)
            row.verdicts.add("failed")
        shutil.rmtree(kept, ignore_errors=True)

    def begin(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)

    def measured(self, name, command):
        # What was written before shall not reach the disk at the cost of this one.
        os.sync()
        usage = measure.run(command, self.folder, LIMIT_SECONDS, ordinary_user(), self.environment)
        say(f"    {name}: {usage.wall:.2f} s, CPU {usage.cpu:.2f} s, peak {usage.peak_kib / 1024:.1f} MiB")
        return usage

    def complain(self, name, usage):
        ending = "took too long" if usage.status is None else f"ended with status {usage.status}"
        say(f"{name} {ending}:\n{usage.errors[-2000:]}")
        self.server.require_proxies()


def numbers(text):
    return [float(word) for word in text.split(",")]


def names(text):
    chosen = text.split(",")
    for name in chosen:
        if name not in race_clients.NAMES:
            raise argparse.ArgumentTypeError(f"there is no '{name}', but {', '.join(race_clients.NAMES)}")
    return chosen


def parsed_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("--mailcask", default="")
    parser.add_argument("--mail")
    parser.add_argument("--users", type=int, default=40)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--odd", action="store_true")
    parser.add_argument("--delay", type=numbers)
    parser.add_argument("--parallel", type=numbers)
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--programs", type=names, default=race_clients.DEFAULT_NAMES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow-rounds", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--work")
    options = parser.parse_args()
    if options.quick:
        options.users, options.messages, options.rounds = 8, 40, 1
    options.stages = list(race_tables.STAGES)
    if options.delay or options.parallel:
        options.stages = [
            Stage(round_trip, int(parallel))
            for round_trip in options.delay or [0] for parallel in options.parallel or [8]]
    return options


def prepare_work(options):
    os.makedirs(options.work, exist_ok=True)
    os.chmod(options.work, 0o755)
    if options.mailcask:
        # where an ordinary user can run it
        race_clients.Mailcask.program = shutil.copy(options.mailcask, os.path.join(options.work, "mailcask"))


def main():
    options = parsed_options()
    # so that an end from outside stops the server too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    is_work_kept = options.work is not None
    options.work = os.path.realpath(options.work or tempfile.mkdtemp(prefix="mailcask-race."))
    with contextlib.ExitStack() as ending:
        if not is_work_kept:
            ending.callback(shutil.rmtree, options.work, ignore_errors=True)
        prepare_work(options)
        server = Server(os.path.join(options.work, "server"))
        truth = make_mail(server, options)
        ending.callback(server.stop)
        server.start()
        say("what Dovecot transmits, compared with the truth (this also warms it up)")
        subprocess.run(
            [sys.executable, os.path.join(HERE, "compare_mail.py"), truth, "--server", server.env_path], check=True,
            stdout=sys.stderr)
        race = Race(server, race_check.Truth(truth, server.mail), options)
        race.run()
        race_tables.show(race.results, options.markdown)
        print(f"\nWith {', '.join(race_clients.versions(options.programs))}, on {os.cpu_count()} cores.")
    rows = [rows.get("mailcask") for rows in race.results.stages.values()]
    if any(row and row.verdicts != {"exact"} for row in rows):
        sys.exit("race: mailcask did not store all exactly")


if __name__ == "__main__":
    main()
