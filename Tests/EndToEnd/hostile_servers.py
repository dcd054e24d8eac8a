#!/usr/bin/env python3
"""Servers that misbehave by script (Fixtures/hostile.sh), with what mailcask makes of them."""

import os
import subprocess
import sys

from _common import *

# Each takes a second at most; stalls and floods, and other programs, are hostile.sh's.
SCENARIOS = (
    "cut-fin", "cut-tls-fin", "cut-close-notify", "cut-rst", "cut-between", "bare-lf-dot", "megabyte-lines",
    "sizes-rounded", "sizes-negative", "sizes-small", "sizes-huge", "uidl-missing", "uidl-gaps", "uidl-shuffled",
    "uidl-prefixed", "twin-ids", "late-twin", "empty-ids", "renumbered", "moved-numbers", "long-ids", "spaced-ids",
    "latin-ids", "in-use", "throttled-login", "dropped-quit", "refused-quit", "forgotten-quit", "hasty-dele",
    "endless-line", "endless-listing",
)
GRAVE = ("destroyed", "lost", "altered", "duplicated", "hung", "runaway")


class HostileServers(EndToEndTest):
    def verdicts(self, *options):
        """Scenario -> what hostile.py found, mailcask alone on the servers."""
        bench = os.path.join(os.path.dirname(MAILCASK), "mailcask-bench")
        done = subprocess.run(
            [sys.executable, os.path.join(FIXTURES, "hostile.py"), "--mailcask", MAILCASK, "--server", bench,
             "--only", "mailcask", "--json", *options],
            stdout=subprocess.PIPE, check=True)
        return {line["scenario"]: line for line in json_lines(done.stdout)}

    def test_all_mail_arrives_once_and_unchanged_whatever_the_server_does(self):
        verdicts = self.verdicts(*(word for name in SCENARIOS for word in ("--scenario", name)))
        self.assertEqual(set(verdicts), set(SCENARIOS))
        for name, verdict in verdicts.items():
            with self.subTest(name):
                self.assertEqual({word: verdict[word] for word in (*GRAVE, "told")}, dict.fromkeys((*GRAVE, "told"), 0))

    def test_a_message_that_cannot_be_had_is_told_and_keeps_no_other(self):
        verdict = self.verdicts("--scenario", "refused-message")["refused-message"]
        self.assertEqual({word: verdict[word] for word in GRAVE}, dict.fromkeys(GRAVE, 0))
        self.assertEqual(verdict["told"], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
