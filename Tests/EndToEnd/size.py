#!/usr/bin/env python3
"""Much of everything: hundreds of accounts, and one huge message in little memory."""

import collections
import os
import subprocess
import sys

from _common import *


class ManyAccounts(EndToEndTest):
    def test_three_hundred_mailboxes_of_one_CSV_file_are_drained_32_at_a_time(self):
        server = self.own_server("--users", "300", "--messages", "5", "--no-odd")
        folder = self.fresh_folder()
        rows = ["name,user,password"] + [f"{user},{user},pw-{user}" for user in server.users()]
        write(os.path.join(folder, "accounts.csv"), "\n".join(rows) + "\n")
        os.chmod(os.path.join(folder, "accounts.csv"), 0o600)
        manifest = os.path.join(folder, "accounts.toml")
        write(manifest, f"""accounts-csv = "accounts.csv"
[archive]
path = "archive"
[job]
parallel = 32
parallel-per-host = 32
[defaults]
host = "localhost"
port = {server.env["POP3S_PORT"]}
ca-file = "{server.env["CA_FILE"]}"
""")
        self.assertEqual(mailcask("check", manifest).status, DONE)
        events = self.drained(manifest, "--json").json
        running = most = 0
        for event in events:
            running += {"account-started": 1, "account-finished": -1}.get(event["event"], 0)
            most = max(most, running)
        self.assertTrue(24 <= most <= 32, most)
        truth = server.truth()
        results = {event["account"]: event["result"] for event in events if event["event"] == "account-finished"}
        counts = collections.Counter(record["user"] for record in truth)
        self.assertEqual({name: result["listed"] for name, result in results.items()}, {**counts, "empty": 0})
        archive = os.path.join(folder, "archive")
        self.assert_archive_holds(archive, truth)
        mark = server.mark()
        self.drained(manifest)
        self.assertEqual(server.retrieved(mark), (0, 0))


# Starts a program from a small process: a child's peak counts what its parent held when it was started.
LAUNCHER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Memory(EndToEndTest):
    """By a debug build, which takes more than a release."""

    PEAK_MIB_LIMIT = 110

    def peak_mib(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-ISc", LAUNCHER, MAILCASK, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, DONE, done.stderr.decode()[-1000:])
        return int(done.stderr.split()[-1]) / 1024, done.stdout

    def test_a_message_of_30_MB_goes_through_in_little_memory(self):
        huge = next(record for record in self.server.truth() if record["kind"] == "huge")
        self.assertGreater(huge["size"], 30_000_000)
        for form in ("tar", "mbox"):
            folder = self.fresh_folder()
            archive = os.path.join(folder, "archive")
            manifest = write_manifest(folder, self.server, self.server.users(), archive=f'format = "{form}"')
            commands = {
                "drain": [manifest], "show": [archive, huge["sha256"], "--raw"], "verify": [archive],
                "export": [archive, os.path.join(folder, "out"), "--format", "mbox.gz"], "reindex": [archive],
            }
            peaks = {}
            for command, arguments in commands.items():
                peaks[command], out = self.peak_mib(command, *arguments)
                if command == "show":
                    self.assertEqual(sha256(out), huge["sha256"])
            print(f"  {form}: peak MiB: " + ", ".join(f"{command} {peak:.0f}" for command, peak in peaks.items()))
            self.assertEqual([command for command, peak in peaks.items() if peak >= self.PEAK_MIB_LIMIT], [])


if __name__ == "__main__":
    main()
