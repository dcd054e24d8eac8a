#!/usr/bin/env python3
"""Servers that misbehave by script (Fixtures/hostile.sh): what mailcask makes of them, and that the judge is right."""

import os
import subprocess
import sys

from _common import *

import hostile_verdict  # noqa: E402

# Stalls and floods that take long, and other programs, are hostile.sh's.
ALL_IS_TO_BE_HAD = (
    "cut-fin", "cut-tls-fin", "cut-close-notify", "cut-rst", "cut-between", "bare-lf-dot", "megabyte-lines",
    "doubled-reply", "sizes-rounded", "sizes-negative", "sizes-small", "sizes-huge", "uidl-missing", "uidl-gaps",
    "uidl-shuffled", "uidl-prefixed", "twin-ids", "late-twin", "empty-ids", "renumbered", "reused-id", "moved-numbers",
    "long-ids", "spaced-ids", "latin-ids", "in-use", "throttled-login", "dropped-quit", "refused-quit",
    "forgotten-quit", "hasty-dele", "broken-pipelining", "endless-line", "endless-listing", "endless-message",
)
ONE_CANNOT_BE_HAD = ("cut-each-time", "unstuffed-dot", "refused-message")


class HostileServers(unittest.TestCase):
    def assert_verdicts(self, scenarios, expected):
        """What mailcask, alone on the servers, is found to have done, once leaving mail there and once deleting it."""
        bench = os.path.join(os.path.dirname(MAILCASK), "mailcask-bench")
        done = subprocess.run(
            [sys.executable, os.path.join(FIXTURES, "hostile.py"), "--mailcask", MAILCASK, "--server", bench,
             "--only", "mailcask", "--json", "--parallel", "16",
             *(word for name in scenarios for word in ("--scenario", name))],
            stdout=subprocess.PIPE, check=True)
        verdicts = {(line["scenario"], line["deletes"]): line for line in json_lines(done.stdout)}
        self.assertEqual(set(verdicts), {(name, deletes) for name in scenarios for deletes in (False, True)})
        for game, verdict in verdicts.items():
            with self.subTest(game):
                self.assertEqual({word: verdict[word] for word in expected}, expected)

    def test_all_mail_arrives_once_and_unchanged_whatever_the_server_does(self):
        self.assert_verdicts(ALL_IS_TO_BE_HAD, dict.fromkeys((*hostile_verdict.GRAVE, "told"), 0))

    def test_a_message_that_cannot_be_had_is_told_and_keeps_no_other(self):
        self.assert_verdicts(ONE_CANNOT_BE_HAD, {**dict.fromkeys(hostile_verdict.GRAVE, 0), "told": 1})


class Verdicts(unittest.TestCase):
    MAIL = (b"Subject: one\r\n\r\nfirst\r\n", b"Subject: two\r\n\r\nsecond\r\n")

    def verdict(self, *stored, says_well=True, deleted=()):
        """What is said of these stored messages, with the numbers of those that the server deleted."""
        outcome = [json.dumps({
            "sha256": sha256(mail), "unixSHA256": sha256(mail.replace(b"\r\n", b"\n")), "retrieved": 1,
            "isDeleted": number in deleted}) for number, mail in enumerate(self.MAIL, 1)]
        return hostile_verdict.judge(outcome, stored, ("received",), says_well, 0, 0).text()

    def test_Unix_line_ends_and_documented_fields_are_no_change(self):
        one, two = self.MAIL
        added = b"Received: from here\n\tby there\n" + two.replace(b"\r\n", b"\n")
        self.assertEqual(self.verdict(one, added), "ok")
        self.assertEqual(self.verdict(one, b"X-Other: field\r\n" + two), "lost 1, altered 1")

    def test_what_is_cut_off_is_altered_and_what_is_missing_is_lost_or_told(self):
        one, two = self.MAIL
        self.assertEqual(self.verdict(one, two[:-3]), "lost 1, altered 1")
        self.assertEqual(self.verdict(one), "lost 1")
        self.assertEqual(self.verdict(one, says_well=False), "told 1")
        self.assertEqual(self.verdict(one, one, one, two), "duplicated 2")

    def test_what_was_deleted_and_not_stored_is_destroyed_whatever_the_program_says(self):
        one, two = self.MAIL
        self.assertEqual(self.verdict(one, two, deleted=(1, 2)), "ok")
        self.assertEqual(self.verdict(one, says_well=False, deleted=(2,)), "destroyed 1")


if __name__ == "__main__":
    main()
