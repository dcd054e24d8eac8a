#!/usr/bin/env python3
"""What is read back: check, status, list, search, show, export and verify."""

import collections
import email.utils
import glob
import gzip
import mailbox
import os
import re
import subprocess

from _common import *

EVERYDAY = {"note", "answer", "alternative", "attachment", "charset", "forward"}


class ReadingBack(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.truth = cls.server.truth()
        cls.expected = held_by_account(cls.truth)
        cls.archive = os.path.join(cls.folder, "archive")
        cls.manifest = write_manifest(cls.folder, cls.server, cls.server.users())
        first = mailcask("drain", cls.manifest)
        assert first.status == DONE, first.text[-3000:]

    def ran(self, *arguments, status=DONE):
        result = mailcask(*arguments)
        self.assertEqual(result.status, status, f"{arguments}: {result.text[-2000:]}")
        return result

    # --- check and status

    def test_check_tells_what_each_account_holds_and_writes_nothing(self):
        folder = self.fresh_folder()
        manifest = write_manifest(folder, self.server, self.server.users())
        lines = {line["account"]: line for line in self.ran("check", manifest, "--json").json}
        counts = collections.Counter(record["user"] for record in self.truth)
        for user in self.server.users():
            self.assertEqual(lines[user]["messages"], counts[user])
            self.assertIn("TLS", lines[user]["security"])
            self.assertIn("PIPELINING", lines[user]["capabilities"])
            self.assertTrue(lines[user]["uniqueIDs"])
        self.assertRegex(self.ran("check", manifest, "--account", "bob").out.decode(), r"\nbob +ok +50 ")
        self.assertEqual(os.listdir(folder), ["accounts.toml"])

    def test_status_tells_what_each_account_holds(self):
        lines = {line["account"]: line for line in self.ran("status", self.archive, "--json").json}
        sizes = {(record["user"], record["sha256"]): record["size"] for record in self.truth}
        for user, digests in self.expected.items():
            self.assertEqual(lines[user]["messages"], len(digests))
            self.assertEqual(lines[user]["octets"], sum(sizes[user, digest] for digest in digests))
            self.assertEqual(lines[user]["checkpoints"], sum(record["user"] == user for record in self.truth))
            self.assertRegex(lines[user]["lastRunStarted"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
        text = self.ran("status", self.archive).out.decode()
        self.assertIn(f"{len({record['sha256'] for record in self.truth}):,} distinct messages", text)
        self.assertRegex(text, r"\nann +localhost +50 .* complete\n")

    # --- list and search

    def test_list_tells_what_the_headers_say(self):
        lines = {(line["account"], line["id"]): line for line in self.ran("list", self.archive, "--json").json}
        self.assertEqual(
            collections.Counter(account for account, _ in lines),
            {user: len(digests) for user, digests in self.expected.items()})
        for record in self.truth:
            line = lines[record["user"], record["sha256"]]
            self.assertEqual(line["size"], record["size"])
            self.assertEqual(line["subject"], record["subject"], record["kind"])
            if record["kind"] in EVERYDAY:
                self.assertEqual(line["messageID"].strip("<>"), record["message_id"].strip("<>"))
                self.assertRegex(line["from"], r"@harbour\.example")
                self.assertRegex(line["to"], r"@harbour\.example")
                self.assertRegex(line["date"], r"^2024-")

    def test_list_as_text_has_a_line_for_each_message_and_can_be_limited(self):
        lines = self.ran("list", self.archive, "--account", "ann").out.decode().splitlines()
        self.assertEqual(len(lines), len(self.expected["ann"]))
        self.assertEqual({line[:16] for line in lines}, {digest[:16] for digest in self.expected["ann"]})
        self.assertEqual(len(self.ran("list", self.archive, "--limit", "3", "--json").json), 3)
        two = self.ran("list", self.archive, "--account", "ann", "--account", "bob", "--json").json
        self.assertEqual({line["account"] for line in two}, {"ann", "bob"})

    def found(self, *arguments):
        lines = self.ran("search", self.archive, *arguments, "--json").json
        return {(line["account"], line["id"]) for line in lines}

    def by_truth(self, wanted):
        return {(record["user"], record["sha256"]) for record in self.truth if wanted(record)}

    def words(self, record):
        return re.findall(r"\w+", record["subject"].lower())

    def test_search_finds_words_of_the_subject_whatever_their_case(self):
        expected = self.by_truth(lambda record: "invoice" in self.words(record))
        self.assertGreater(len(expected), 5)
        for arguments in (["--subject", "invoice"], ["--subject", "INVOICE"]):
            self.assertEqual(self.found(*arguments), expected)
        both = self.by_truth(lambda record: {"crew", "list"} <= set(self.words(record)))
        self.assertEqual(self.found("--subject", "list crew"), both)
        self.assertEqual(self.found("list", "crew"), both)

    def test_search_finds_beginnings(self):
        expected = self.by_truth(lambda record: any(word.startswith("photo") for word in self.words(record)))
        self.assertTrue(expected)
        self.assertEqual(self.found("--subject", "photo*"), expected)

    def test_search_finds_with_and_without_accents(self):
        for word, plain in (("réunion", "Reunion"), ("überfahrt", "uberfahrt"), ("žádost", "zadost")):
            expected = self.by_truth(lambda record: word in self.words(record))
            self.assertTrue(expected, word)
            self.assertEqual(self.found(word), expected, word)
            self.assertEqual(self.found(plain), expected, plain)

    def test_search_finds_other_scripts(self):
        for word in ("груз", "πλοίο", "האונייה", "السفينة"):
            expected = self.by_truth(lambda record: word in record["subject"].lower())
            self.assertTrue(expected, word)
            self.assertEqual(self.found(word), expected, word)

    def test_search_by_sender_recipient_and_date_agrees_with_list(self):
        lines = self.ran("list", self.archive, "--json").json
        by_sender = {(line["account"], line["id"]) for line in lines if re.search(r"\bodd@", line["from"])}
        self.assertTrue(by_sender)
        self.assertEqual(self.found("--from", "odd@harbour.example"), by_sender)
        by_recipient = {
            (line["account"], line["id"]) for line in lines if re.search(r"\bbob\b", line["to"] + " " + line["cc"])}
        self.assertTrue(by_recipient)
        self.assertEqual(self.found("--to", "bob"), by_recipient)
        january = {
            (line["account"], line["id"]) for line in lines
            if "2024-01-05" <= (line.get("date") or line.get("received") or "") < "2024-01-09"}
        self.assertTrue(january)
        self.assertEqual(self.found("--since", "2024-01-05", "--before", "2024-01-09"), january)
        both = self.found("--to", "bob", "--since", "2024-01-05", "--before", "2024-01-09", "--account", "bob")
        self.assertEqual(both, {one for one in january & by_recipient if one[0] == "bob"})

    def test_a_search_without_a_result_ends_with_66(self):
        for arguments in (["nosuchwordanywhere"], ["--from", "nobody"], ["--since", "2031-01-01"]):
            result = self.ran("search", self.archive, *arguments, status=NOT_FOUND)
            self.assertEqual(result.out, b"")
            self.assertIn("nothing found", result.err.decode())

    def test_a_search_takes_nothing_for_syntax(self):
        for text in ('"', "a AND", "NEAR(", "subject:", "*", "(x OR y)", "'; --", "\\", "^a", "a-b", "x" * 3000):
            self.assertIn(mailcask("search", self.archive, "--", text).status, (DONE, NOT_FOUND), text)

    # --- show

    def test_show_gives_the_exact_bytes_by_the_first_digits_of_the_ID(self):
        first = {}
        for record in self.truth:
            if record["kind"] not in first and record["size"] < 4_000_000:
                first[record["kind"]] = record["sha256"]
        self.assertGreater(len(first), 40)
        for kind, digest in first.items():
            result = mailcask("show", self.archive, digest[:20], "--raw")
            self.assertEqual((result.status, sha256(result.out)), (DONE, digest), kind)

    def test_show_gives_text_for_people(self):
        for record in self.truth[-400::20]:
            text = self.ran("show", self.archive, record["sha256"][:12]).out.decode()
            self.assertIn(record["subject"], re.sub(r"\s+", " ", text))
        for record in self.truth:
            if record["kind"] not in EVERYDAY and record["size"] < 3_000_000:
                result = self.ran("show", self.archive, record["sha256"])
                self.assertNotIn(b"\x1b", result.out.replace(b"\r", b""), record["kind"])

    def test_show_with_digits_of_several_messages_asks_for_more(self):
        result = self.ran("show", self.archive, "a", status=NOT_FOUND)
        self.assertIn("more digits", result.err.decode())

    # --- export

    def export(self, form, *arguments):
        out = os.path.join(self.fresh_folder(), "out")
        result = self.ran("export", self.archive, out, "--format", form, *arguments)
        return out, result.out.decode()

    def test_export_to_eml_is_exact_and_dated(self):
        out, told = self.export("eml")
        self.assert_holds(digests_in(out), self.expected)
        self.assertIn(f"{sum(map(len, self.expected.values())):,} messages of 40 accounts", told)
        for path in glob.glob(f"{out}/xenia/*.eml"):
            self.assertRegex(os.path.basename(path), r"^\d{8}T\d{6}Z-[0-9a-f]{16}\.eml$")
            self.check_dates(path)
        again = self.ran("export", self.archive, out, "--format", "eml").out.decode()
        self.assertTrue(again.startswith("0 messages"), again)

    def check_dates(self, path):
        """The file's time is the message's Date, by which the mail sorts."""
        message = read(path)
        field = re.search(rb"(?m)^Date: (.*)\r\n", message)
        if field and message.startswith(b"Return-Path"):
            when = email.utils.parsedate_to_datetime(field[1].decode())
            self.assertLessEqual(abs(os.path.getmtime(path) - when.timestamp()), 2, path)

    def test_export_to_maildir_is_exact_and_read_by_Python(self):
        out, _ = self.export("maildir")
        self.assert_holds(digests_in(out), self.expected)
        for user, digests in self.expected.items():
            self.assertEqual(len(mailbox.Maildir(os.path.join(out, user), create=False)), len(digests))
            self.assertEqual(sorted(os.listdir(os.path.join(out, user))), ["cur", "new", "tmp"])

    def test_export_to_mbox_is_exact_when_read_by_Python(self):
        for form in ("mbox", "mbox.gz"):
            out, _ = self.export(form)
            self.assertEqual(sorted(os.listdir(out)), sorted(f"{user}.{form}" for user in self.expected))
            plain = self.fresh_folder()
            for user in self.expected:
                data = read(os.path.join(out, f"{user}.{form}"))
                write(os.path.join(plain, user), gzip.decompress(data) if form == "mbox.gz" else data)
            self.assert_mboxes_hold(plain, self.expected)

    def test_export_to_tar_gz_is_exact(self):
        out, _ = self.export("tar.gz")
        folder = self.fresh_folder()
        for path in glob.glob(f"{out}/*.tar.gz"):
            done = subprocess.run(["tar", "-xzf", path, "-C", folder], stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assert_holds(digests_in(folder), self.expected)

    def test_export_takes_what_the_filters_let_through(self):
        out, _ = self.export("eml", "--account", "carla", "--account", "leo", "--query", "invoice")
        expected = collections.defaultdict(set)
        for account, digest in self.found("invoice", "--account", "carla", "--account", "leo"):
            expected[account].add(digest)
        self.assertTrue(expected)
        self.assert_holds(digests_in(out), expected)

    # --- verify, and output

    def test_verify_reads_every_message_and_a_sample_fewer(self):
        distinct = len({record["sha256"] for record in self.truth})
        octets = sum({record["sha256"]: record["size"] for record in self.truth}.values())
        told = self.ran("verify", self.archive).out.decode()
        self.assertIn(f"{distinct:,} messages of {octets / 1e6:.1f} MB rebuilt", told)
        told = self.ran("verify", self.archive, "--sample", "10%").out.decode()
        count = int(told.split()[0].replace(",", ""))
        self.assertTrue(distinct * 0.03 < count < distinct * 0.25, told)

    def test_output_that_nobody_reads_to_the_end_is_no_failure(self):
        for arguments in (["list", self.archive], ["list", self.archive, "--json"]):
            done = subprocess.run(
                ["sh", "-c", '"$0" "$@" | head -n 2; :', MAILCASK, *arguments], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr, done.stdout.count(b"\n")), (0, b"", 2))

    def test_output_that_cannot_be_written_ends_with_74(self):
        digest = self.truth[-1]["sha256"]
        for arguments in (["list", self.archive], ["show", self.archive, digest, "--raw"], ["verify", self.archive]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([MAILCASK, *arguments], stdout=full, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, b"No space left" in done.stderr), (LOCAL_DISK, True), arguments)

    def test_the_events_of_a_run_are_lines_of_JSON(self):
        folder = self.fresh_folder()
        manifest = write_manifest(folder, self.server, ["ann", "empty"])
        events = self.drained(manifest, "--json").json
        self.assertEqual(events[0]["event"], "run-started")
        self.assertEqual(events[-1]["event"], "run-finished")
        self.assertTrue(events[-1]["isComplete"])
        kinds = collections.Counter(event["event"] for event in events)
        self.assertEqual(kinds["account-finished"], 2)
        quiet = self.drained(manifest, "--quiet")
        self.assertEqual((quiet.out, quiet.err), (b"", b""))


if __name__ == "__main__":
    main()
