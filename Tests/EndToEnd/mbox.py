#!/usr/bin/env python3
"""Archives in the format mbox: what other programs read of them, and that checkpoints work as in volumes."""

import collections
import os
import poplib
import re
import shutil
import ssl
import subprocess

from _common import *
from compare_mail import retrieve

# Dovecot takes this field out of the header of mail in an mbox, since its own mboxes use it.
ALTERED_BY_DOVECOT = {"content-length"}


class Mbox(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.truth = cls.server.truth()
        cls.expected = held_by_account(cls.truth)
        cls.archive = os.path.join(cls.folder, "archive")
        # Small files: accounts have several, and all but the last of each are sealed.
        cls.manifest = write_manifest(
            cls.folder, cls.server, cls.server.users(), archive='format = "mbox"\nvolume-bytes = "1 MiB"')
        first = mailcask("drain", cls.manifest)
        assert first.status == DONE, first.text[-3000:]
        cls.plain = os.path.join(cls.folder, "plain")
        unzip_mboxes(cls.archive, cls.plain)

    def test_Pythons_mailbox_module_reads_every_message_exactly(self):
        self.assert_mboxes_hold(self.plain, self.expected)

    def test_From_lines_have_an_address_and_a_date(self):
        pattern = re.compile(
            rb"From [^ @]+(@[^ ]+)? (Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
            rb"[ 123]\d \d\d:\d\d:\d\d \d{4}")
        for user in self.expected:
            lines = [line for line in read(os.path.join(self.plain, user)).split(b"\n") if line.startswith(b"From ")]
            self.assertEqual([line for line in lines if not pattern.fullmatch(line)], [])
            self.assertEqual(len(lines), len(self.expected[user]))

    def test_Dovecot_serves_every_message_from_the_unzipped_mbox(self):
        folder = os.path.join(self.folder, "reader")
        for user in self.expected:
            os.makedirs(os.path.join(folder, "mail", user))
            shutil.copy(os.path.join(self.plain, user), os.path.join(folder, "mail", user, "mbox"))
        os.chmod(folder, 0o755)
        reader = self.own_server(name="reader")
        exact, counts = collections.defaultdict(set), collections.Counter()
        for user, _, message in self.messages_on(reader):
            exact[user].add(sha256(re.sub(rb"(?m)^>(>*From )", rb"\1", message)))
            counts[user] += 1
        self.assertEqual(counts, {user: len(digests) for user, digests in self.expected.items()})
        wrong = [
            (record["user"], record["kind"]) for record in self.truth
            if record["sha256"] not in exact[record["user"]]
        ]
        self.assertEqual({kind for _, kind in wrong}, ALTERED_BY_DOVECOT)

    def messages_on(self, server):
        trust = ssl.create_default_context(cafile=server.env["CA_FILE"])
        for user in self.expected:
            session = poplib.POP3_SSL("localhost", int(server.env["POP3S_PORT"]), context=trust, timeout=60)
            session.user(user)
            session.pass_(f"pw-{user}")
            for number in range(1, session.stat()[0] + 1):
                yield user, number, retrieve(session, number)
            session.quit()

    def test_a_second_run_fetches_nothing(self):
        mark = self.server.mark()
        before = folder_bytes(self.archive)
        self.drained(self.manifest)
        self.assertEqual(self.server.retrieved(mark), (0, 0))
        self.assertLess(folder_bytes(self.archive) - before, 16_000)

    def test_its_own_commands_read_it(self):
        self.assert_listed(self.archive, self.expected)
        self.assert_verified(self.archive)
        out = os.path.join(self.fresh_folder(), "out")
        self.assertEqual(mailcask("export", self.archive, out, "--format", "eml").status, DONE)
        self.assert_holds(digests_in(out), self.expected)

    def test_sealed_files_are_checked_by_sha256sum(self):
        done = subprocess.run(
            ["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=self.archive, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertIn(b"mbox/", read(os.path.join(self.archive, "manifest-sha256.txt")))

    def test_without_its_catalogue_it_is_known_again_and_nothing_is_fetched(self):
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        subprocess.run(["cp", "-a", self.archive, archive], check=True)
        subprocess.run(["cp", "-a", self.manifest, folder], check=True)
        listed = mailcask("list", archive, "--json").out
        without_catalog(archive)
        mark = self.server.mark()
        self.drained(os.path.join(folder, "accounts.toml"))
        self.assertEqual(self.server.retrieved(mark), (0, 0))
        self.assertEqual(mailcask("list", archive, "--json").out, listed)
        self.assert_verified(archive)
        self.assertEqual(mailcask("reindex", archive).status, DONE)
        self.assertEqual(mailcask("list", archive, "--json").out, listed)


if __name__ == "__main__":
    main()
