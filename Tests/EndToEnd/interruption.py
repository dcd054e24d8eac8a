#!/usr/bin/env python3
"""A drain that is ended by force, or asked to end: nothing is lost, nothing doubled, little is fetched again.

KILL_ROUNDS (8) and KILL_SEED (random, printed) may be set in the environment.
"""

import os
import random
import shutil
import signal
import subprocess
import time

from _common import *

ROUNDS = int(os.environ.get("KILL_ROUNDS", "8"))
SEED = int(os.environ.get("KILL_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
# What may have been received since the last commit point, and what may be under way besides.
REFETCH_OCTET_LIMIT = 128 << 20


def rebuilt_groups(archive, folder):
    """Unpacks what tar gets of volumes whose end may be torn; the messages of whole groups must come back.

    Returns how many messages that were, by the records that tar could unpack.
    """
    os.makedirs(folder)
    for volume in volumes(archive):
        subprocess.run(["tar", "-xzf", volume, "-C", folder], stderr=subprocess.DEVNULL)
    count = 0
    runs = os.path.join(folder, "runs")
    for path, _, names in os.walk(runs):
        for name in names:
            data = read(os.path.join(path, name))
            if not data.endswith(b"\n"):
                continue  # the torn end
            for record in json_lines(data):
                if record["kind"] != "message" or record["path"].startswith("mbox/"):
                    continue
                place = os.path.join(folder, record["path"])
                message = read(place)
                if place.endswith(".parts"):
                    message = b"".join(read(os.path.join(folder, part)) for part in message.decode().split())
                if sha256(message) != record["sha256"]:
                    raise AssertionError(f"{record['path']} of a whole group comes back with other bytes")
                count += 1
    return count


class Interruption(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Few and long mailboxes, so that the moments fall inside of them.
        cls.server = cls.own_server("--users", "10", "--messages", "60", "--attachment-scale", "12")
        cls.truth = cls.server.truth()
        cls.expected = held_by_account(cls.truth)
        cls.octets = sum(record["size"] for record in cls.truth)

    def manifest(self, folder, **options):
        return write_manifest(folder, self.server, self.server.users(), **options)

    def stored_octets(self, archive):
        lines = mailcask("list", archive, "--json").json
        found = {}
        for line in lines:
            found.setdefault(line["account"], []).append(line["id"])
        for account, digests in found.items():
            self.assertEqual(len(digests), len(set(digests)), f"{account} has a message twice")
            self.assertLessEqual(set(digests), self.expected[account], f"{account} has what it never received")
        return sum(line["size"] for line in lines)

    def kill_again_and_again(self, rounds, archive_settings, check_killed=None):
        dice = random.Random(SEED)
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        manifest = self.manifest(folder, archive=archive_settings)
        started = time.monotonic()
        self.drained(manifest)
        whole_seconds = time.monotonic() - started
        shutil.rmtree(archive)

        killed, completed, most_wasted = 0, 0, 0
        while killed < rounds:
            before = self.stored_octets(archive) if os.path.exists(os.path.join(archive, "catalog.sqlite")) else 0
            mark = self.server.mark()
            moment = dice.uniform(0.02, whole_seconds * 0.7)
            run = RunningMailcask("drain", manifest, "--json", cwd=folder)
            time.sleep(moment)
            run.signal(signal.SIGKILL)
            if run.result().status != -signal.SIGKILL:
                # It was done before. Once more from nothing.
                self.assertEqual(run.child.returncode, DONE)
                self.check_complete(archive)
                shutil.rmtree(archive)
                completed += 1
                continue
            killed += 1
            _, octets = self.server.retrieved(mark)
            if not os.path.exists(os.path.join(archive, "RECOVER.txt")):
                continue
            if check_killed:
                check_killed(archive)
            # A run that has nothing to fetch mends the archive, as every run does first.
            self.drained(manifest, "--account", "empty")
            if dice.random() < 0.25:
                without_catalog(archive)
                self.drained(manifest, "--account", "empty")
            wasted = octets - (self.stored_octets(archive) - before)
            most_wasted = max(most_wasted, wasted)
            self.assertLessEqual(wasted, REFETCH_OCTET_LIMIT, f"seed {SEED}, after {moment:.3f} s")
            self.assertEqual(stored_twice(archive), [])
            self.assert_verified(archive)
        self.drained(manifest)
        self.check_complete(archive)
        print(f"  {killed} kills, {completed} ran to their end before; {self.octets / 1e6:.0f} MB take "
              f"{whole_seconds:.1f} s; at most {most_wasted / 1e6:.1f} MB were fetched again")

    def check_complete(self, archive):
        self.assert_archive_sound(archive, self.truth)
        if os.path.exists(os.path.join(archive, "mbox")):
            plain = os.path.join(self.fresh_folder(), "plain")
            unzip_mboxes(archive, plain)
            self.assert_mboxes_hold(plain, self.expected)
            shutil.rmtree(plain)

    def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(self):
        self.kill_again_and_again(
            ROUNDS, 'volume-bytes = "32 MiB"',
            lambda archive: rebuilt_groups(archive, os.path.join(self.fresh_folder(), "unpacked")))

    def test_kill_9_while_volumes_are_sealed_loses_nothing_and_doubles_nothing(self):
        self.kill_again_and_again(max(3, ROUNDS // 3), 'volume-bytes = "1 MiB"')

    def test_kill_9_while_mbox_files_are_written_loses_nothing_and_doubles_nothing(self):
        self.kill_again_and_again(max(3, ROUNDS // 3), 'format = "mbox"\nvolume-bytes = "8 MiB"')

    def test_kill_9_of_a_reindex_leaves_the_old_catalogue_or_the_new_one(self):
        dice = random.Random(SEED)
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        manifest = self.manifest(folder)
        self.drained(manifest)
        listed = mailcask("list", archive, "--json").out
        started = time.monotonic()
        self.assertEqual(mailcask("reindex", archive).status, DONE)
        whole_seconds = time.monotonic() - started
        for _ in range(5):
            moment = dice.uniform(0, whole_seconds * 1.1)
            run = RunningMailcask("reindex", archive, cwd=folder)
            time.sleep(moment)
            run.signal(signal.SIGKILL)
            run.result()
            self.assertEqual(mailcask("list", archive, "--json").out, listed, f"KILL_SEED={SEED}, {moment:.3f} s")
        mark = self.server.mark()
        self.drained(manifest)
        self.assertEqual(self.server.retrieved(mark), (0, 0))

    def asked_to_end(self, number, status):
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        manifest = self.manifest(folder)
        mark = self.server.mark()
        run = RunningMailcask("drain", manifest, "--json", cwd=folder)
        run.wait_for(b'"account-finished"')
        run.signal(number)
        result = run.result()
        self.assertEqual(result.status, status, result.text[-2000:])
        self.assertIn("stopping", result.err.decode())
        self.assert_verified(archive)
        fetched = len(mailcask("list", archive, "--json").json)
        self.assertLess(fetched, len(self.truth))
        self.drained(manifest)
        # What was under way was taken in, so nothing was fetched twice.
        self.assertEqual(self.server.retrieved(mark)[0], len(self.truth))
        self.check_complete(archive)

    def test_SIGINT_ends_with_130_and_the_next_run_goes_on(self):
        self.asked_to_end(signal.SIGINT, 130)

    def test_SIGTERM_ends_with_143_and_the_next_run_goes_on(self):
        self.asked_to_end(signal.SIGTERM, 143)

    def with_a_mute_account(self, folder, silent):
        """A manifest that begins with a server that falls silent behind the login: a signal waits for it a while."""
        mute = account_text("mute", host="127.0.0.1", port=silent.port, tls="none").rstrip() + "\nallow-cleartext = true\n"
        users = "".join(account_text(user) for user in self.server.users())
        return self.manifest_of(folder, mute + users)

    def manifest_of(self, folder, accounts):
        return write_manifest(folder, self.server, accounts=accounts, name="mute.toml")

    def test_a_second_signal_ends_at_once_and_loses_nothing(self):
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        silent = StallingServer()
        run = RunningMailcask("drain", self.with_a_mute_account(folder, silent), "--json", cwd=folder)
        run.wait_for(b'"account-finished"')
        silent.wait_for_login()
        run.signal(signal.SIGTERM)
        time.sleep(0.5)
        self.assertIsNone(run.child.poll(), "the first signal lets sessions finish")
        sent = time.monotonic()
        run.signal(signal.SIGTERM)
        self.assertEqual(run.result().status, 143)
        self.assertLess(time.monotonic() - sent, 1)
        self.drained(self.manifest(folder))
        self.check_complete(archive)

    def test_after_one_signal_a_server_that_says_nothing_is_not_awaited_for_long(self):
        folder = self.fresh_folder()
        silent = StallingServer()
        run = RunningMailcask("drain", self.with_a_mute_account(folder, silent), "--json", cwd=folder)
        run.wait_for(b'"account-finished"')
        silent.wait_for_login()
        run.signal(signal.SIGINT)
        self.assertEqual(run.result(20).status, 130)
        self.assert_verified(os.path.join(folder, "archive"))


if __name__ == "__main__":
    print(f"KILL_SEED={SEED} KILL_ROUNDS={ROUNDS}", flush=True)
    main()
