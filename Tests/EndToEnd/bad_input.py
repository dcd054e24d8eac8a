#!/usr/bin/env python3
"""What goes wrong: each fault has its exit status, says what it is about, and stops nothing else.

DISK_SEED (random, told when a test fails) may be set in the environment.
"""

import gzip
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import zlib

from _common import *

DISK_SEED = int(os.environ.get("DISK_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)


class OneBadAccount(EndToEndTest):
    """A bad account beside a good one: the good one is archived all the same."""

    def drained_with(self, bad, status, *words, command="drain"):
        folder = self.fresh_folder()
        manifest = write_manifest(folder, self.server, ["bob"], accounts=bad)
        result = mailcask(command, manifest)
        self.assertEqual(result.status, status, result.text[-2000:])
        about = [line for line in result.text.splitlines() if re.search(r"\bann\b", line)]
        for word in words:
            self.assertTrue(any(word in line for line in about), f"{word!r} is not said: {result.text[-2000:]}")
        if command == "drain":
            truth = [record for record in self.server.truth() if record["user"] == "bob"]
            self.assert_listed(os.path.join(folder, "archive"), held_by_account(truth))
            self.assertRegex(result.out.decode(), r"\nbob +50 +0 +4\d +\d +0 ")
            # `status` tells it afterwards too.
            told = {line["account"]: line for line in mailcask("status", os.path.join(folder, "archive"), "--json").json}
            self.assertIn(words[0], told["ann"]["lastResult"]["error"])
            self.assertNotIn("error", told["bob"]["lastResult"])
        return result

    def test_a_wrong_password_is_refused(self):
        bad = account_text("ann", password="pw" + "-of-somebody-else")
        self.drained_with(bad, REFUSED, "refuses the login of ann", "password")
        self.drained_with(bad, REFUSED, "refuses the login of ann", command="check")

    def test_a_password_that_cannot_be_read_is_refused(self):
        bad = account_text("ann", password=None, password_command="exit 3")
        self.drained_with(bad, REFUSED, "password-command", "status 3")

    def test_an_expired_certificate_is_refused_with_its_date(self):
        bad = account_text("ann", port=int(self.server.env["EXPIRED_PORT"]))
        self.drained_with(bad, REFUSED, "certificate", "expired", "2020")

    def test_a_certificate_of_another_host_is_refused_with_both_names(self):
        bad = account_text("ann", port=int(self.server.env["WRONGNAME_PORT"]))
        self.drained_with(bad, REFUSED, "certificate", "mail.elsewhere.example", "localhost")

    def test_a_certificate_of_an_unknown_authority_is_refused_and_ca_file_named(self):
        other = os.path.join(self.fresh_folder(), "other.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
             "/CN=somebody else", "-keyout", "/dev/null", "-out", other], check=True, stderr=subprocess.DEVNULL)
        self.drained_with(account_text("ann", ca_file=other), REFUSED, "certificate", "ca-file")

    def test_a_host_that_is_down_is_worth_a_retry(self):
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))  # and nobody listens
            bad = account_text("ann", port=bound.getsockname()[1])
            self.drained_with(bad, RETRY, "refused")

    def test_a_name_that_does_not_exist_is_told(self):
        result = self.drained_with(account_text("ann", host="no-such-host.invalid"), REFUSED, "no-such-host.invalid")
        self.assertLess(result.seconds, 30)

    def test_a_server_that_does_not_greet_is_given_up_after_the_time_of_the_manifest(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            bad = account_text(
                "ann", host="127.0.0.1", port=silent.getsockname()[1], connect_timeout="1 s", reply_timeout="1 s")
            result = self.drained_with(bad, RETRY, "127.0.0.1")
            self.assertLess(result.seconds, 10)

    def test_a_port_without_TLS_is_told(self):
        bad = account_text("ann", port=int(self.server.env["POP3_PORT"]))
        result = self.drained_with(bad, REFUSED, "TLS")
        self.assertLess(result.seconds, 40)

    def test_an_empty_mailbox_is_complete(self):
        folder = self.fresh_folder()
        result = self.drained(write_manifest(folder, self.server, ["empty"]))
        self.assertRegex(result.out.decode(), r"\nempty +0 +0 +0 +0 +0 ")
        self.assertEqual(mailcask("verify", os.path.join(folder, "archive")).status, DONE)
        self.assertEqual(mailcask("list", os.path.join(folder, "archive")).out, b"")


class Disk(EndToEndTest):
    users = ["ann", "bob", "carla", "dmitri"]

    def truth(self):
        return [record for record in self.server.truth() if record["user"] in self.users]

    def completes(self, folder, manifest):
        """After the fault is gone, the next run makes up for it."""
        self.drained(manifest)
        self.assert_archive_holds(os.path.join(folder, "archive"), self.truth())

    def test_an_archive_path_that_cannot_be_written(self):
        folder = self.fresh_folder()
        write(os.path.join(folder, "file"), "no folder")
        manifest = write_manifest(folder, self.server, ["ann"], archive='path = "file/archive"')
        result = self.drained(manifest, status=LOCAL_DISK)
        self.assertIn("file", result.err.decode())

    def test_a_folder_that_is_read_only(self):
        if os.getuid() == 0:
            place = "/sys/mailcask-test-archive"  # root may write wherever a file system lets it
        else:
            place = os.path.join(self.fresh_folder(), "closed")
            os.makedirs(place, mode=0o555)
        manifest = write_manifest(self.fresh_folder(), self.server, ["ann"], archive=f'path = "{place}"')
        result = self.drained(manifest, status=LOCAL_DISK)
        self.assertIn(place, result.err.decode())

    def test_a_full_disk_ends_the_run_and_the_next_one_completes(self):
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        os.makedirs(archive)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", archive], stderr=subprocess.DEVNULL)
        if mounted.returncode:
            self.skipTest("mounting is not permitted; the next test does it by a limit of file sizes")
        self.addCleanup(subprocess.run, ["umount", archive])
        manifest = write_manifest(folder, self.server, self.users)
        result = self.drained(manifest, status=LOCAL_DISK)
        self.assertIn("No space left", result.text)
        self.assertEqual(mailcask("drain", manifest).status, LOCAL_DISK)
        subprocess.run(["mount", "-o", "remount,size=200m", archive], check=True)
        self.completes(folder, manifest)

    def limited(self, archive_settings, limit, users=None):
        """File sizes limited, as a quota does it; the signal for it ends other programs."""
        folder = self.fresh_folder()
        manifest = write_manifest(folder, self.server, users or self.users, archive=archive_settings)

        def limit_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        for _ in range(2):
            result = self.drained(manifest, status=LOCAL_DISK, before=limit_files)
            self.assertRegex(result.text, "File too large|Input/output error|disk I/O error|disk is full")
        return folder, manifest

    def test_a_limit_of_file_sizes_ends_the_run_and_the_next_one_completes(self):
        self.completes(*self.limited("", 3 << 20))

    def test_a_limit_of_file_sizes_at_any_write_loses_nothing(self):
        dice = random.Random(DISK_SEED)
        for number in range(6):
            form = ("tar", "mbox")[number % 2]
            limit = int(2 ** dice.uniform(12, 21))
            with self.subTest(form=form, limit=limit, DISK_SEED=DISK_SEED):
                folder, manifest = self.limited(f'format = "{form}"', limit)
                self.drained(manifest)
                self.assert_archive_sound(os.path.join(folder, "archive"), self.truth())

    def test_a_disk_that_is_full_inside_a_record_leaves_no_damage(self):
        folder = self.fresh_folder()
        self.drained(write_manifest(folder, self.server, ["ann"]))
        length = os.path.getsize(volumes(os.path.join(folder, "archive"))[-1])
        truth = [record for record in self.server.truth() if record["user"] == "ann"]
        # The records of how the run ended and of its last group are the last members.
        for missing in (100, 200, 300, 700, 1000):
            folder, manifest = self.limited("", length - missing, ["ann"])
            self.drained(manifest)
            self.assert_archive_holds(os.path.join(folder, "archive"), truth)

    def test_a_limit_of_file_sizes_is_told_without_the_parent_ignoring_its_signal(self):
        folder = self.fresh_folder()
        manifest = write_manifest(folder, self.server, self.users)

        def limit_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))

        self.drained(manifest, status=LOCAL_DISK, before=limit_files)
        self.completes(folder, manifest)


class Archives(EndToEndTest):
    users = ["ann", "bob"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.original = os.path.join(cls.folder, "archive")
        # The smallest volumes, so that the first is sealed.
        cls.manifest = write_manifest(cls.folder, cls.server, cls.users, archive='volume-bytes = "1 MiB"')
        for user in cls.users:
            assert mailcask("drain", cls.manifest, "--account", user).status == DONE
        assert len(volumes(cls.original)) >= 2

    def copy(self):
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        subprocess.run(["cp", "-a", self.original, archive], check=True)
        shutil.copy2(self.manifest, folder)
        return archive, os.path.join(folder, "accounts.toml")

    def test_an_archive_of_a_newer_format_is_left_alone(self):
        archive, manifest = self.copy()
        path = os.path.join(archive, "RECOVER.txt")
        first, rest = read(path).split(b"\n", 1)
        self.assertRegex(first, rb" 1\.$")
        write(path, first.replace(b" 1.", b" 7.") + b"\n" + rest)
        before = folder_bytes(archive)
        for arguments in (["drain", manifest], ["list", archive], ["verify", archive], ["reindex", archive],
                          ["status", archive], ["search", archive, "x"], ["export", archive, archive + ".out"]):
            result = mailcask(*arguments)
            self.assertEqual(result.status, DAMAGED, arguments)
            self.assertIn("format 7", result.err.decode())
        self.assertEqual(folder_bytes(archive), before)

    def damaged(self, archive, volume, position):
        path = volumes(archive)[volume]
        data = bytearray(read(path))
        position = int(len(data) * position)
        data[position] ^= 0x55
        os.chmod(path, 0o600)
        write(path, bytes(data))
        return path

    def test_a_damaged_volume_is_found_and_its_messages_and_accounts_named(self):
        for volume in (0, -1):
            archive, _ = self.copy()
            self.damaged(archive, volume, 0.4)
            result = mailcask("verify", archive)
            self.assertEqual(result.status, DAMAGED, result.text[-2000:])
            told = re.findall(r"message ([0-9a-f]{64}) of ([a-z, ]+):", result.err.decode())
            self.assertTrue(told, result.text[-2000:])
            held = held_by_account(self.server.truth())
            for digest, accounts in told:
                for account in accounts.split(", "):
                    self.assertIn(digest, held[account])
            # What is named is what export leaves out, and nothing else.
            out = archive + ".out"
            exported = mailcask("export", archive, out, "--format", "eml")
            self.assertEqual(exported.status, DAMAGED)
            expected = {user: set(held[user]) for user in self.users}
            for digest, accounts in told:
                for account in accounts.split(", "):
                    expected[account].discard(digest)
            self.assert_holds(digests_in(out), {user: digests for user, digests in expected.items() if digests})
            digest = told[0][0]
            self.assertEqual(mailcask("show", archive, digest, "--raw", secrets_allowed=True).status, DAMAGED)

    def test_every_flipped_bit_of_a_volume_is_found(self):
        dice = random.Random(DISK_SEED)
        archive, _ = self.copy()
        for number in range(12):
            path = volumes(archive)[-(number % 2)]
            sound = read(path)
            position, bit = dice.randrange(len(sound)), dice.randrange(8)
            data = bytearray(sound)
            data[position] ^= 1 << bit
            if self.inflates_alike(sound, bytes(data)):
                continue  # a time in the header of a member: it means nothing
            os.chmod(path, 0o600)
            write(path, bytes(data))
            result = mailcask("verify", archive)
            self.assertEqual(result.status, DAMAGED, f"DISK_SEED={DISK_SEED}: bit {bit} of byte {position} in {path}")
            write(path, sound)
        self.assert_verified(archive)

    @staticmethod
    def inflates_alike(sound, other):
        try:
            return gzip.decompress(other) == gzip.decompress(sound)
        except (OSError, EOFError, zlib.error):
            return False

    def test_a_damaged_catalogue_is_told_and_reindex_makes_it_anew(self):
        dice = random.Random(DISK_SEED)
        archive, manifest = self.copy()
        path = os.path.join(archive, "catalog.sqlite")
        sound, listed = read(path), mailcask("list", archive, "--json").out
        flipped = bytearray(sound)
        for position in range(4096, len(sound)):
            if dice.random() < 0.05:
                flipped[position] ^= 0xFF
        for damaged in (os.urandom(len(sound)), sound[: len(sound) // 2], bytes(flipped)):
            write(path, damaged)
            for command in ("list", "verify"):
                result = mailcask(command, archive)
                self.assertEqual(result.status, DAMAGED, result.text[-500:])
                self.assertIn("mailcask reindex", result.err.decode())
            self.assertEqual(mailcask("reindex", archive).status, DONE)
            self.assertEqual(mailcask("list", archive, "--json").out, listed)
            self.assert_verified(archive)
        mark = self.server.mark()
        self.drained(manifest)
        self.assertEqual(self.server.retrieved(mark), (0, 0))

    def test_a_volume_that_is_shorter_or_gone_stops_the_next_run_before_it_writes(self):
        for gone in (False, True):
            archive, manifest = self.copy()
            path = volumes(archive)[0]
            os.chmod(path, 0o600)
            if gone:
                os.remove(path)
            else:
                os.truncate(path, os.path.getsize(path) // 2)
            before = folder_bytes(os.path.join(archive, "volumes"))
            result = self.drained(manifest, status=DAMAGED)
            self.assertIn("000001.tar.gz", result.err.decode())
            self.assertEqual(folder_bytes(os.path.join(archive, "volumes")), before)
            self.assertEqual(mailcask("verify", archive).status, DAMAGED)
            # Going on without it: what was lost is fetched again.
            self.assertIn(mailcask("reindex", archive).status, (DONE, DAMAGED))
            self.drained(manifest)
            truth = [record for record in self.server.truth() if record["user"] in self.users]
            self.assert_listed(archive, held_by_account(truth))

    def test_a_locked_archive_names_its_holder(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            archive, manifest = self.copy()
            mute = account_text("mute", host="127.0.0.1", port=silent.getsockname()[1])
            holding = write_manifest(os.path.dirname(archive), self.server, name="mute.toml", accounts=mute)
            run = RunningMailcask("drain", holding, "--json", cwd=os.path.dirname(archive))
            try:
                run.wait_for(b'"account-started"')
                result = self.drained(manifest, status=RETRY)
                self.assertIn(f"pid {run.child.pid}", result.err.decode())
                self.assertEqual(mailcask("reindex", archive).status, RETRY)
                # Readers do not wait for it.
                for command in ("list", "verify", "status"):
                    self.assertEqual(mailcask(command, archive).status, DONE)
            finally:
                run.signal(signal.SIGKILL)
                run.result()
            # The lock of the dead is no lock, and its holder is told.
            self.assertIn(f"pid {run.child.pid}", self.drained(manifest).text)

    def test_another_format_than_the_archives_is_not_mixed_in(self):
        archive, _ = self.copy()
        manifest = write_manifest(os.path.dirname(archive), self.server, self.users, archive='format = "mbox"')
        result = self.drained(manifest, status=BAD_MANIFEST)
        self.assertIn("format", result.err.decode())
        self.assertFalse(os.path.exists(os.path.join(archive, "mbox")))

    def test_what_is_not_there_ends_with_66(self):
        nowhere = os.path.join(self.folder, "nowhere")
        for arguments in (["list", nowhere], ["status", nowhere], ["verify", nowhere], ["reindex", nowhere],
                          ["search", nowhere, "x"], ["show", nowhere, "ab"], ["show", self.original, "f" * 64],
                          ["drain", self.manifest, "--account", "nobody"]):
            result = mailcask(*arguments)
            self.assertEqual(result.status, NOT_FOUND, f"{arguments}: {result.text}")
            self.assertTrue(result.err)


class CommandLine(EndToEndTest):
    def test_mistakes_of_a_manifest_are_told_all_at_once_with_line_and_caret(self):
        folder = self.fresh_folder()
        manifest = os.path.join(folder, "wrong.toml")
        write(manifest, """[archive]
path = "archive"
formt = "tar"

[job]
parallel = "many"

[[account]]
host = "localhost"
user = "ann"
pasword = "pw-ann"

[[account]]
host = "localhost"
user = "bob"
password = "pw-bob"

[[account]]
host = "localhost"
user = "bob"
password = "pw-bob"
tls = "none"
""")
        os.chmod(manifest, 0o600)
        for command in ("drain", "check"):
            result = mailcask(command, manifest)
            self.assertEqual(result.status, BAD_MANIFEST)
            told = result.err.decode()
            self.assertEqual(result.out, b"")
            for line, words in ((3, "formt"), (6, "parallel"), (11, "pasword"), (20, "bob"), (22, "allow-cleartext")):
                self.assertRegex(told, rf"wrong\.toml:{line}:\d+: error: ")
                self.assertIn(words, told)
            self.assertGreaterEqual(len(re.findall(r"^ +\| +\^~*$", told, re.M)), 5)
            self.assertGreaterEqual(told.count("remedy: "), 5)
        self.assertFalse(os.path.exists(os.path.join(folder, "archive")))

    def test_mistakes_of_a_csv_file_are_told_with_its_name(self):
        folder = self.fresh_folder()
        write(os.path.join(folder, "list.csv"), "user,password,port\nann,pw-ann,995\nbob,pw-bob,high\ncarla,,\n")
        manifest = write_manifest(folder, self.server, top='accounts-csv = "list.csv"')
        result = self.drained(manifest, status=BAD_MANIFEST)
        self.assertRegex(result.err.decode(), r"list\.csv:3:\d+: error: ")
        self.assertRegex(result.err.decode(), r"list\.csv:4:\d+: error: ")

    def test_a_manifest_that_is_not_there(self):
        result = mailcask("drain", os.path.join(self.folder, "none.toml"))
        self.assertIn(result.status, (NOT_FOUND, BAD_MANIFEST))
        self.assertIn("none.toml", result.err.decode())

    def test_a_manifest_that_others_may_read_is_warned_of_and_used(self):
        folder = self.fresh_folder()
        manifest = write_manifest(folder, self.server, ["empty"])
        os.chmod(manifest, 0o644)
        self.assertIn("warning", self.drained(manifest).err.decode())

    def test_a_wrong_command_line_ends_with_64(self):
        for arguments in (["drain"], ["no-such-command"], ["list", "x", "--no-such-flag"], ["export", "a"],
                          ["export", "a", "b", "--format", "pst"], ["verify", "a", "--sample", "0%"],
                          ["list", "a", "--since", "yesterday"], ["list", "a", "--limit", "many"]):
            result = mailcask(*arguments)
            self.assertEqual(result.status, USAGE, f"{arguments}: {result.text}")
            self.assertIn("Usage: mailcask", result.err.decode())


if __name__ == "__main__":
    main()
