#!/usr/bin/env python3
"""The main job on real mail: every byte, nothing twice, and again without the catalogue."""

import collections
import os
import re
import shutil
import subprocess

from _common import *


class Drain(EndToEndTest):
    """One drain of the shared server; what changes the archive works on a copy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.truth = cls.server.truth()
        cls.archive = os.path.join(cls.folder, "archive")
        # Small volumes: several are sealed.
        cls.manifest = write_manifest(cls.folder, cls.server, cls.server.users(), archive='volume-bytes = "4 MiB"')
        cls.first = mailcask("drain", cls.manifest)
        assert cls.first.status == DONE, cls.first.text[-3000:]

    def copy(self):
        """The archive and a manifest for it in a folder of their own."""
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        subprocess.run(["cp", "-a", self.archive, archive], check=True)
        shutil.copy2(self.manifest, folder)
        return archive, os.path.join(folder, "accounts.toml")

    def test_every_message_comes_back_by_RECOVER_txt_with_tar_cat_and_sha256sum(self):
        self.assertGreaterEqual(len(self.truth), 1000)
        self.assertGreaterEqual(len(volumes(self.archive)), 2)
        sealed = read(os.path.join(self.archive, "manifest-sha256.txt")).splitlines()
        self.assertEqual(len(sealed), len(volumes(self.archive)) - 1)
        self.assert_archive_holds(self.archive, self.truth)

    def test_the_volumes_tell_the_account_and_unique_id_of_every_message(self):
        folder = self.fresh_folder()
        for volume in volumes(self.archive):
            subprocess.run(["tar", "-xzf", volume, "-C", folder, "--wildcards", "runs/*"], stderr=subprocess.DEVNULL)
        counts, identities = collections.Counter(), set()
        for path, _, names in os.walk(folder):
            for name in names:
                for line in json_lines(read(os.path.join(path, name))):
                    if "sha256" in line and "account" in line:
                        counts[line["account"], line["sha256"]] += 1
                        identities.add((line["account"], line["uid"]))
        expected = collections.Counter((record["user"], record["sha256"]) for record in self.truth)
        self.assertEqual(counts, expected)
        self.assertEqual(len(identities), len(self.truth))

    def test_the_table_counts_every_message_of_every_account(self):
        listed = collections.Counter(record["user"] for record in self.truth)
        octets = sum(record["size"] for record in self.truth)
        rows = {}
        for line in self.first.out.decode().splitlines():
            columns = re.split(r"  +", line.strip())
            if len(columns) == 10 and columns[0] != "account":
                rows[columns[0]] = [int(column.replace(",", "")) for column in columns[1:7]]
        self.assertEqual(rows.keys(), {*self.server.users(), "total"})
        held = held_by_account(self.truth)
        for account, (count, had, new, duplicates, quarantined, left) in rows.items():
            self.assertEqual(count, had + new + duplicates + quarantined + left, account)
            if account != "total":
                self.assertEqual(count, listed[account], account)
                self.assertEqual(new, len(held.get(account, ())), account)
        for column in range(5):
            self.assertEqual(rows["total"][column], sum(row[column] for name, row in rows.items() if name != "total"))
        self.assertEqual(rows["total"][0], len(self.truth))
        self.assertIn(f"{octets / 1e6:.1f} MB", self.first.out.decode().splitlines()[-1])

    def test_a_second_run_fetches_nothing_and_hardly_grows_the_archive(self):
        archive, manifest = self.copy()
        self.drained(manifest)  # whatever a first second run may tidy up
        for _ in range(2):
            before, mark = folder_bytes(archive), self.server.mark()
            events = self.drained(manifest, "--json").json
            self.assertEqual(self.server.retrieved(mark), (0, 0))
            self.assertEqual(sum(event["new"] for event in events if event["event"] == "account-listed"), 0)
            results = [event["result"] for event in events if event["event"] == "account-finished"]
            self.assertEqual(sum(result["alreadyArchived"] for result in results), len(self.truth))
            self.assertLess(folder_bytes(archive) - before, 16_000)
        self.assert_archive_sound(archive, self.truth)

    def test_without_its_catalogue_an_archive_is_known_again_and_nothing_is_fetched(self):
        archive, manifest = self.copy()
        listed = mailcask("list", archive, "--json").out
        without_catalog(archive)
        mark = self.server.mark()
        result = self.drained(manifest)
        self.assertIn("the catalogue is missing", result.text)
        self.assertEqual(self.server.retrieved(mark), (0, 0))
        self.assertEqual(mailcask("list", archive, "--json").out, listed)
        self.assert_archive_sound(archive, self.truth)

    def test_a_catalogue_lost_without_its_log_is_known_again_too(self):
        archive, manifest = self.copy()
        # What a killed run leaves: the log beside the catalogue. Here it is of a catalogue that is gone.
        write(os.path.join(archive, "catalog.sqlite-wal"), os.urandom(100_000))
        write(os.path.join(archive, "catalog.sqlite-shm"), os.urandom(32_768))
        os.remove(os.path.join(archive, "catalog.sqlite"))
        mark = self.server.mark()
        self.drained(manifest)
        self.assertEqual(self.server.retrieved(mark), (0, 0))
        self.assert_archive_sound(archive, self.truth)

    def test_reindex_makes_the_same_catalogue(self):
        archive, manifest = self.copy()
        self.drained(manifest)
        listed = mailcask("list", archive, "--json").out
        status = mailcask("status", archive, "--json").out
        found = mailcask("search", archive, "invoice", "--json").out
        result = mailcask("reindex", archive)
        self.assertEqual(result.status, DONE, result.text)
        self.assertEqual(mailcask("list", archive, "--json").out, listed)
        self.assertEqual(mailcask("status", archive, "--json").out, status)
        self.assertEqual(mailcask("search", archive, "invoice", "--json").out, found)
        mark = self.server.mark()
        self.drained(manifest)
        self.assertEqual(self.server.retrieved(mark), (0, 0))

    def test_no_password_is_in_the_archive(self):
        folder = self.fresh_folder()
        for volume in volumes(self.archive):
            subprocess.run(["tar", "-xzf", volume, "-C", folder], check=True)
        passwords = [f"pw-{user}".encode() for user in self.server.users()]
        for place in (folder, self.archive):
            for path, _, names in os.walk(place):
                for name in names:
                    data = read(os.path.join(path, name))
                    self.assertEqual([one for one in passwords if one in data], [], os.path.join(path, name))


class Logins(EndToEndTest):
    """Every way in."""

    def drained_by(self, **keys):
        folder = self.fresh_folder()
        manifest = write_manifest(folder, self.server, accounts=account_text("ann", **keys))
        self.drained(manifest, env={"MAILCASK_TEST_SECRET": "pw-ann"})
        truth = [record for record in self.server.truth() if record["user"] == "ann"]
        self.assert_listed(os.path.join(folder, "archive"), held_by_account(truth))

    def test_STLS(self):
        self.drained_by(port=int(self.server.env["POP3_PORT"]), tls="stls")

    def test_cleartext_where_it_is_allowed(self):
        self.drained_by(port=int(self.server.env["POP3_PORT"]), tls="none", allow_cleartext=AllowedTrue())

    def test_an_address_instead_of_a_name(self):
        self.drained_by(host="127.0.0.1")

    def test_the_password_from_a_command(self):
        self.drained_by(password=None, password_command="printf 'pw-%s\\n' ann; echo more")

    def test_the_password_from_a_file(self):
        secret = os.path.join(self.folder, "secret")
        write(secret, "pw-ann\nnot this line\n")
        self.drained_by(password=None, password_file=secret)

    def test_the_password_from_the_environment(self):
        self.drained_by(password=None, password_env="MAILCASK_TEST_SECRET")


class AllowedTrue(int):
    """`true` in TOML."""

    def __repr__(self):
        return "true"

    __str__ = __format__ = lambda self, *_: "true"


class AddedMail(EndToEndTest):
    def test_only_added_mail_is_fetched(self):
        server = self.own_server("--users", "4", "--messages", "40")
        folder = self.fresh_folder()
        archive = os.path.join(folder, "archive")
        manifest = write_manifest(folder, server, server.users())
        self.drained(manifest)
        truth = server.truth()

        fresh = b"From: new@harbour.example\r\nSubject: added later\r\n\r\nhello again\r\n"
        again = read(os.path.join(server.mail, self.file_of(server, truth[-1])))
        added = [("ann", fresh, "new/1800000000.M1P1.store"), ("bob", fresh, "cur/1800000001.M2P1.store:2,S"),
                 (truth[-1]["user"], again, "new/1800000002.M3P1.store")]
        for user, message, name in added:
            write(os.path.join(server.mail, user, "Maildir", name), message)
        server.read_mailboxes_again()

        mark = server.mark()
        events = self.drained(manifest, "--json").json
        self.assertEqual(server.retrieved(mark)[0], len(added))
        results = {event["account"]: event["result"] for event in events if event["event"] == "account-finished"}
        self.assertEqual(sum(result["archived"] for result in results.values()), 2)
        self.assertEqual(results[truth[-1]["user"]]["duplicates"], 1)
        more = [{"user": user, "sha256": sha256(fresh)} for user in ("ann", "bob")]
        self.assert_archive_holds(archive, truth + more)

    @staticmethod
    def file_of(server, record):
        """Where a delivered file is now: Dovecot moves it from new to cur."""
        user, name = record["user"], os.path.basename(record["file"]).split(":")[0]
        for part in ("new", "cur"):
            place = os.path.join(server.mail, user, "Maildir", part)
            for found in os.listdir(place):
                if found.split(":")[0] == name:
                    return os.path.join(user, "Maildir", part, found)
        raise AssertionError(f"{name} is gone")


if __name__ == "__main__":
    main()
