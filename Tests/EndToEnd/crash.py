#!/usr/bin/env python3
"""Drains whose file calls fail, are killed at a call, or lose their power: nothing is lost, doubled or altered.

    python3 Tests/EndToEnd/crash.py [--rounds 30] [--seed N] [--round NAME] [Class[.method]] ...

A round drains a few mailboxes of a Dovecot into an archive, new or from an earlier run, tar or mbox, with or without
deletion on the server, and meets faults by seed: SIGKILL before, inside or behind a call, or at any moment; a power
cut, which undoes what was not synced, or some of it; a full disk, an error of the disk, a short write, a sync that
fails. A library between the program and the C library does this (_faults.c), so the program under test is the real one,
and SQLite is tested with it. After each fault, what the server no longer has must be in the catalogue that is left, and
so must every account that was called complete. Then the drain is repeated without faults, and the archive is compared
with what the server transmitted, byte by byte. Some rounds cut the power once more at the end: what a run has called
done is on the disk.

Besides --rounds random ones there are rounds for each step of a commit point, one for every 30 random ones. --round
plays a single one again, by the name that its failure tells; sessions run side by side, so it may go another way.
"""

import argparse
import collections
import fnmatch
import itertools
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time

from _common import *
import _faults
from _faults import Fault

OPTIONS = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
OPTIONS.add_argument("--rounds", type=int, default=30, help="how many random rounds (30)")
OPTIONS.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 31), help="of all choices")
OPTIONS.add_argument("--round", help="only this one, by the name that a failure tells")

KILLS = ("kill-before", "kill-inside", "kill-after")
# What is said of a disk that fails.
REASONS = re.compile(r"No space left on device|Input/output error|the disk is not full")

# Where a commit point, and what comes before and behind it, may be interrupted: call, by whom, path.
STEPS = {
    "the folder is made": ("mkdir", "program", "*archive"),
    "the folder's name is synced": ("sync", "program", "."),
    "the lock is written": ("write", "program", "*/lock"),
    "the text is written": ("write", "program", "*/RECOVER.txt.new"),
    "the text is synced": ("sync", "program", "*/RECOVER.txt.new"),
    "the text is renamed": ("rename", "program", "*/RECOVER.txt"),
    "the text's name is synced": ("sync", "program", "*archive"),
    "the catalogue is made": ("create", "sqlite", "*/catalog.sqlite"),
    "the log is made": ("create", "sqlite", "*/catalog.sqlite-wal"),
    "the log is written": ("write", "sqlite", "*/catalog.sqlite-wal"),
    "the log is synced": ("sync", "sqlite", "*/catalog.sqlite-wal"),
    "the log's name is synced": ("sync", "sqlite", "*archive"),
    "the log is folded in": ("write", "sqlite", "*/catalog.sqlite"),
    "the catalogue is synced": ("sync", "sqlite", "*/catalog.sqlite"),
    "the log is removed": ("unlink", "sqlite", "*/catalog.sqlite-wal"),
    "a message is spooled": ("write", "program", "*/spool.*"),
    "a volume is made": ("create", "program", "*/volumes/*"),
    "a volume is written": ("write", "program", "*/volumes/*"),
    "a volume is synced": ("sync", "program", "*/volumes/*"),
    "a volume's name is synced": ("sync", "program", "*/volumes"),
    "an mbox is made": ("create", "program", "*/mbox/*.gz"),
    "an mbox is written": ("write", "program", "*/mbox/*.gz"),
    "an mbox is synced": ("sync", "program", "*/mbox/*.gz"),
    "an mbox's name is synced": ("sync", "program", "*/mbox/*[!z]"),
    "the checksums are written": ("write", "program", "*/manifest-sha256.txt.new"),
    "the checksums are synced": ("sync", "program", "*/manifest-sha256.txt.new"),
    "the checksums are renamed": ("rename", "program", "*/manifest-sha256.txt"),
    "a file is made read-only": ("chmod", "program", "*.gz"),
}


def is_needless(call, calls, command):
    """Whether a run may do without this call."""
    name = call.path.rpartition("/")[2]
    if call.by == "program":
        return (name == "lock" and call.name != "create") or (name.startswith("spool.") and call.name == "unlink")
    # SQLite passes over failures to sync a folder, to remove its log, and to begin with it; it loses nothing by that.
    if call.name == "unlink" or not name.startswith("catalog"):
        return True
    log = re.sub("-(wal|journal)$", "", call.path) + "-wal"
    if call.name == "sync" and log not in [other.path for other in calls[:calls.index(call)]]:
        return True
    # The log of an old catalogue need not be folded in.
    return command == "reindex" and ".new" not in name


class Mail:
    """The mail of the server, set anew for each round."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        with open(os.path.join(folder, "truth.jsonl"), encoding="utf-8") as lines:
            self.truth = [json.loads(line) for line in lines]
        self.users = sorted({record["user"] for record in self.truth}) + ["empty"]
        self.octets = sum(record["size"] for record in self.truth)

    def clear(self):
        for user in self.users:
            shutil.rmtree(os.path.join(self.server.mail, user), ignore_errors=True)
            for name in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(self.server.mail, user, "Maildir", name))
        self.delivered = []

    def deliver(self, records):
        for record in records:
            os.link(os.path.join(self.folder, record["file"]), os.path.join(self.server.mail, record["file"]))
        self.delivered += records
        self.server.read_mailboxes_again()

    def left(self):
        """What the server still has; it moves files from new to cur."""
        names = set()
        for user, name in itertools.product(self.users, ("cur", "new")):
            names |= {(user, file.partition(":")[0])
                      for file in os.listdir(os.path.join(self.server.mail, user, "Maildir", name))}
        return [record for record in self.delivered
                if (record["user"], os.path.basename(record["file"]).partition(":")[0]) in names]


def pairs(records):
    """How many messages of an account there are with each digest."""
    return collections.Counter((record["user"], record["sha256"]) for record in records)


class Catalogue:
    """What the catalogue knows, read from a copy, as reading may mend it."""

    def __init__(self, archive, folder):
        # Messages that an account holds, and how many unique-ids stand for them: by account and digest.
        self.held, self.checkpoints = set(), collections.Counter()
        path = os.path.join(archive, "catalog.sqlite")
        if not os.path.exists(path):
            return
        with tempfile.TemporaryDirectory(dir=folder) as copy:
            for suffix in ("", "-wal", "-journal"):
                if os.path.exists(path + suffix):
                    shutil.copy(path + suffix, os.path.join(copy, "catalog.sqlite" + suffix))
            database = sqlite3.connect(os.path.join(copy, "catalog.sqlite"))
            try:
                if database.execute("PRAGMA user_version").fetchone()[0]:
                    self.read(database)
            finally:
                database.close()

    def read(self, database):
        names = "JOIN accounts ON accounts.id = account JOIN messages ON messages.id = message"
        self.held = set(database.execute(f"SELECT name, LOWER(HEX(digest)) FROM holdings {names}"))
        for name, digest in database.execute(f"SELECT name, LOWER(HEX(digest)) FROM checkpoints {names}"):
            self.checkpoints[name, digest] += 1


class Tally:
    """What was done in all rounds."""

    def __init__(self):
        self.rounds, self.runs, self.octets = 0, 0, 0
        self.faults = collections.Counter()

    def print(self):
        faults = ", ".join(f"{count} {kind}" for kind, count in sorted(self.faults.items()))
        print(f"  {self.rounds} rounds, {self.runs} runs, {self.octets / 1e6:.0f} MB compared; met were: {faults}")


class Crash(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.library = _faults.build(cls.folder)
        mail = os.path.join(cls.folder, "mail")
        sample = [sys.executable, os.path.join(FIXTURES, "sample_mail.py"), mail]
        # 8 MB, and enough of it does not compress for several volumes, and for several mboxes of one account.
        subprocess.run(
            [*sample, "--users", "5", "--messages", "11", "--attachment-scale", "20", "--seed", "8"], check=True,
            stdout=subprocess.DEVNULL)
        cls.mail = Mail(mail, cls.own_server())
        cls.server = cls.mail.server
        # What a run does when nothing fails, by kind of run.
        cls.calls = {}

    def setUp(self):
        self.tally = Tally()
        self.addCleanup(self.tally.print)

    # --- a round ---------------------------------------------------------------------------------------------------

    def play(self, name, body, *arguments):
        """One round."""
        if CHOSEN.round not in (None, name):
            return
        with self.subTest(name):
            self.dice, self.told = random.Random(f"{CHOSEN.seed}/{name}"), []
            self.place = self.fresh_folder()
            try:
                body(*arguments)
            except Exception as error:
                story = "\n".join(self.told)
                text = (f"{error}\n\nThe round:\n{story}\n\nTo play it again:\n"
                        f"python3 Tests/EndToEnd/crash.py --seed {CHOSEN.seed} --round {quoted(name)}")
                print(f"\n{text}\n", flush=True)  # at once: a long run takes its time
                raise AssertionError(text) from error
            finally:
                shutil.rmtree(self.place, ignore_errors=True)
            self.tally.rounds += 1
            self.tally.octets += self.mail.octets

    def tell(self, text):
        self.told.append(text)
        if CHOSEN.round:
            print(text, flush=True)

    def drains(self, step=None):
        """`step` is one of STEPS; without one the first fault is drawn too."""
        self.begin(step)
        self.meet(*self.fault_at(step) if step else self.drawn_fault())
        if self.dice.random() < 0.35:
            self.meet(*self.drawn_fault())
        self.complete()

    def reindexing(self):
        """Of an archive whose last run ended well, or was killed before it could remove the catalogue's log."""
        self.begin()
        if self.dice.random() < 0.5:
            self.meet(Fault("kill-before", 1, "unlink", "sqlite", "*-wal"), None)
        else:
            self.drain_the_rest()
        self.command = ["reindex", self.archive]
        self.meet(*self.drawn_fault())
        self.assertEqual(self.drain_the_rest(), 0, "the catalogue does not know what it knew")
        self.check_archive()

    def begin(self, step=None):
        """An archive that may have some of the mail already."""
        self.format = self.dice.choice(("tar", "tar", "mbox"))
        self.volume_bytes = self.dice.choice(("1 MiB", "1 MiB", "2 MiB", "1 GiB"))
        self.is_new = self.dice.random() < 0.5
        relative = self.dice.choice(("archive", "archive", "new/folder/archive"))
        deletes = self.dice.random() < 0.5
        # Not every step is in every run.
        if step and ("an mbox" in step or "a volume" in step):
            self.format = "mbox" if "an mbox" in step else "tar"
        if step and any(word in step for word in ("made", "name", "text", "checksums", "spooled")):
            self.is_new = True
        if step and any(word in step for word in ("checksums", "read-only")):
            self.volume_bytes = "1 MiB"
        under = os.path.join(self.place, "disk")
        os.mkdir(under)
        self.archive = os.path.join(under, relative)
        self.settings = f'path = "disk/{relative}"\nformat = "{self.format}"\nvolume-bytes = "{self.volume_bytes}"'
        self.manifest = self.write_manifest(self.place, delete="archived" if deletes else "never")
        self.command = ["drain", self.manifest, "--json"]
        self.mark = self.server.mark()
        self.mail.clear()
        first = [] if self.is_new else [record for record in self.mail.truth if self.dice.random() < 0.4]
        self.tell(f"{self.format}, {self.volume_bytes}, {len(first)} messages first, {relative}, deletes: {deletes}")
        if first:
            self.mail.deliver(first)
            self.drained(self.manifest)
        self.mail.deliver([record for record in self.mail.truth if record not in first])
        self.disk = _faults.Disk(self.library, under, os.path.join(self.place, "image"))

    def write_manifest(self, folder, delete):
        accounts = "".join(account_text(user, delete=delete) for user in self.mail.users)
        return write_manifest(folder, self.server, archive=self.settings, accounts=accounts)

    # --- faults ----------------------------------------------------------------------------------------------------
    # A fault, or a moment in seconds at which the program is killed from outside; and how the power is cut behind it.

    def fault_at(self, step):
        name, by, path = STEPS[step]
        count = sum(call[:2] == (name, by) and fnmatch.fnmatchcase(call.path, path)
                    for call in self.calls_of_a_whole_run())
        self.assertGreater(count, 0, f"no run came to where {step}")
        at = self.dice.randint(1, min(count, 3))
        return Fault(self.dice.choice(KILLS), at, name, by, path), self.dice.choice((None, "all", "some"))

    def drawn_fault(self):
        kind = self.dice.choices(
            ("kill", "moment", "cut", "full", "short", "error", "sync"), weights=(3, 1, 4, 2, 1, 1, 2))[0]
        cut = self.dice.choice(("all", "some"))
        match kind:
            case "kill": return self.at_random(KILLS), None
            case "moment": return self.dice.uniform(0.02, 0.25), None
            case "cut": return self.at_random(KILLS), cut
        cut = self.dice.choice((cut, None))
        match kind:
            case "full": return self.at_random(("full", "ENOSPC", "ENOSPC-on"), "create", "write", "mkdir"), cut
            case "short": return self.at_random(("short",), "write"), cut
            case "error": return self.at_random(("EIO", "EIO-on")), cut
            case "sync": return self.at_random(("EIO", "EIO-on"), "sync"), cut

    def at_random(self, choices, *names):
        """Any call of these names: names and callers have the same chance each, though SQLite writes most often."""
        kinds = collections.Counter((call.name, call.by) for call in self.calls_of_a_whole_run())
        name, by = self.dice.choice(sorted(kind for kind in kinds if not names or kind[0] in names))
        return Fault(self.dice.choice(choices), self.dice.randint(1, kinds[name, by]), name, by)

    def calls_of_a_whole_run(self):
        kind = (self.command[0], self.format, self.volume_bytes, self.is_new)
        if kind not in self.calls:
            place = self.fresh_folder()
            under = os.path.join(place, "disk")
            subprocess.run(["cp", "-a", self.disk.under, under], check=True)
            names = {self.manifest: self.write_manifest(place, delete="never"),
                     self.archive: os.path.join(under, os.path.relpath(self.archive, self.disk.under))}
            disk = _faults.Disk(self.library, under, os.path.join(place, "image"))
            result = mailcask(*[names.get(word, word) for word in self.command], env=disk.environment())
            self.assertEqual(result.status, DONE, result.text[-2000:])
            self.calls[kind] = disk.calls()
        return self.calls[kind]

    # --- runs ------------------------------------------------------------------------------------------------------

    def catalogue(self):
        return Catalogue(self.archive, self.place)

    def meet(self, fault, cut):
        """A run that meets a fault, and perhaps a power cut behind it."""
        moment = fault if isinstance(fault, float) else None
        before = self.catalogue()
        run = RunningMailcask(
            *self.command, cwd=self.place, env=self.disk.environment(None if moment else fault))
        if moment:
            time.sleep(moment)
            run.signal(signal.SIGKILL)
        result = run.result()
        self.tally.runs += 1
        calls = self.disk.calls()
        struck = [call for call in calls if call.action]
        self.tell(f"killed after {moment:.3f} s" if moment else f"{fault}: {struck[0].path if struck else 'not met'}")
        self.tell(f"  status {result.status}: {''.join(result.text.splitlines()[-1:])[-400:]}")
        self.check_end(fault, moment, result, struck, calls)
        self.count(fault, moment, result, struck, cut)
        if cut:
            self.tell(f"  the power is cut, and {'some of' if cut == 'some' else 'all'} that was not synced is gone")
            self.disk.cut(self.dice if cut == "some" else None)
        self.check_left(before, result)

    def check_end(self, fault, moment, result, struck, calls):
        """A failure is told, and a sync that failed is not tried again in the hope of better luck."""
        told = f"status {result.status}: {result.text[-800:]}"
        if moment:
            self.assertIn(result.status, (-signal.SIGKILL, DONE), told)
        elif struck and fault.do in KILLS:
            self.assertEqual(result.status, -signal.SIGKILL, told)
        elif not struck or fault.do == "short" or is_needless(struck[0], calls, self.command[0]):
            # What SQLite passes over at one moment, it reports at another.
            may_fail = len(struck) > 1 or (struck and struck[0].by == "sqlite")
            self.assertIn(result.status, (DONE, LOCAL_DISK) if may_fail else (DONE,), told)
            if result.status == LOCAL_DISK:
                self.assertRegex(result.text, REASONS)
        else:
            self.assertEqual(result.status, LOCAL_DISK, told)
            self.assertRegex(result.text, REASONS)
        failed = collections.Counter(call for call in struck if (call.name, call.by) == ("sync", "program"))
        self.assertEqual([call for call, count in failed.items() if count > 1], [], "synced again after a failure")

    def check_left(self, before, result):
        """What the catalogue must still know behind a fault."""
        after = self.catalogue()
        self.assertEqual(before.held - after.held, set(), "what it knew before")
        finished = {
            event["account"] for event in result.json_so_far
            if event["event"] == "account-finished" and event["isComplete"]
        } if "--json" in self.command else set()
        complete = {pair for pair in pairs(self.mail.truth) if pair[0] in finished}
        self.assertEqual(complete - after.held, set(), "what was called complete")
        gone = pairs(self.mail.truth) - pairs(self.mail.left())
        self.assertEqual(gone.keys() - after.held, set(), "what the server has deleted")

    def count(self, fault, moment, result, struck, cut):
        if moment:
            kind = "kills at a moment" if result.status else None
        elif not struck:
            kind = None
        elif fault.do in KILLS:
            kind = "power cuts" if cut else "kills at a call"
        elif fault.do == "short":
            kind = "short writes"
        else:
            kind = f"{'errors' if 'EIO' in fault.do else 'full disks'} at {struck[0].name}"
        if kind:
            self.tally.faults[kind] += 1

    def complete(self):
        """Drains to the end, and compares."""
        self.drain_the_rest()
        if self.dice.random() < 0.5:
            self.tell("the power is cut at the end")
            self.disk.cut(self.dice if self.dice.random() < 0.5 else None)
            self.assertEqual(self.drain_the_rest(), 0, "what was done was not on the disk")
        self.check_archive()

    def drain_the_rest(self):
        """A run without faults: it fetches no message again that an earlier commit point has. Returns how many it does."""
        known = self.catalogue().checkpoints
        left = pairs(self.mail.left())
        gone = pairs(self.mail.truth) - left
        self.server.retrieved(self.mark)  # sessions that were broken off end a little later
        mark = self.server.mark()
        self.drained(self.manifest, env=self.disk.environment())
        self.tally.runs += 1
        count, _ = self.server.retrieved(mark)
        self.assertLessEqual(count, (left - (known - gone)).total(), "what was durable was fetched again")
        return count

    # --- the archive -----------------------------------------------------------------------------------------------

    def check_archive(self):
        expected = held_by_account(self.mail.truth)
        self.assert_archive_sound(self.archive, self.mail.truth)
        if self.format == "mbox":
            plain = os.path.join(self.place, "plain")
            unzip_mboxes(self.archive, plain)
            self.assert_mboxes_hold(plain, expected)
        else:
            self.assert_holds(self.messages_in_volumes(), expected)

    def messages_in_volumes(self):
        """Account -> digests of the messages as the volumes have them, put together here."""
        entries = {}
        for volume in volumes(self.archive):
            with tarfile.open(volume) as stream:
                for entry in stream:
                    self.assertNotIn(entry.name, entries, "an entry is there twice")
                    entries[entry.name] = stream.extractfile(entry).read()
        found = collections.defaultdict(set)
        for path, content in entries.items():
            if path.startswith("mail/"):
                _, account, name = path.split("/")
                if name.endswith(".parts"):
                    content = b"".join(entries[part] for part in content.decode().splitlines())
                self.assertEqual(sha256(content), name.partition(".")[0], f"{path} has other bytes")
                found[account].add(sha256(content))
        return found

    # --- tests -----------------------------------------------------------------------------------------------------

    def test_faults_at_any_call_lose_nothing_and_double_nothing(self):
        for number in range(CHOSEN.rounds):
            self.play(f"{number}", self.drains)

    def test_a_kill_at_each_step_of_a_commit_point_loses_nothing_and_doubles_nothing(self):
        for number, step in itertools.product(range(max(1, CHOSEN.rounds // 30)), STEPS):
            self.play(f"{step}, {number}", self.drains, step)

    def test_faults_at_any_call_of_a_reindex_leave_the_old_catalogue_or_the_new_one(self):
        for number in range(max(6, CHOSEN.rounds // 5)):
            self.play(f"reindex, {number}", self.reindexing)


if __name__ == "__main__":
    CHOSEN, rest = OPTIONS.parse_known_args()
    print(f"--seed {CHOSEN.seed} --rounds {CHOSEN.rounds}", flush=True)
    sys.argv[1:] = rest
    main()
