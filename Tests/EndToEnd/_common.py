"""What the end-to-end tests share: the program, servers with known mail, manifests, and archives read without mailcask.

Tests are unittest classes whose method names are sentences. They run by themselves, with MAILCASK and
MAILCASK_TEST_DOVECOT in the environment (see Tests/run.sh):

    python3 Tests/EndToEnd/drain.py [Class[.method]] ...
"""

import collections
import hashlib
import json
import mailbox
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True

PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = os.path.join(PACKAGE, "Fixtures")
sys.path.insert(0, FIXTURES)

if "MAILCASK" not in os.environ or "MAILCASK_TEST_DOVECOT" not in os.environ:
    sys.exit("MAILCASK and MAILCASK_TEST_DOVECOT are not set: sh Tests/run.sh sets them, and starts the server")
MAILCASK = os.environ["MAILCASK"]

# Exit statuses, as mailcask(1) lists them.
DONE, USAGE, DAMAGED, NOT_FOUND, LOCAL_DISK, RETRY, REFUSED, BAD_MANIFEST = 0, 64, 65, 66, 74, 75, 77, 78


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as handle:
        return handle.read()


def write(path, data):
    with open(path, "wb") as handle:
        handle.write(data if isinstance(data, bytes) else data.encode())


def json_lines(data):
    return [json.loads(line) for line in data.splitlines()]


# --- servers -------------------------------------------------------------------------------------------------------


class Server:
    """A running Dovecot, and the truth of its mail."""

    def __init__(self, env_path):
        self.env_path = env_path
        with open(env_path, encoding="utf-8") as lines:
            self.env = dict(line.rstrip("\n").split("=", 1) for line in lines)
        self.mail = self.env["MAIL_DIR"]

    @classmethod
    def start(cls, folder, *sample_options, settings=()):
        """One of our own, with mail as sample_mail.py makes it of these options; none for mail that is there.

        The settings are further lines of dovecot.conf.
        """
        if sample_options:
            sample = [sys.executable, os.path.join(FIXTURES, "sample_mail.py"), os.path.join(folder, "mail")]
            subprocess.run([*sample, *sample_options], check=True, stdout=subprocess.DEVNULL)
        cls.script("start", folder, *(word for line in settings for word in ("--set", line)))
        return cls(os.path.join(folder, "env"))

    @staticmethod
    def script(command, folder, *options):
        done = subprocess.run(
            ["sh", os.path.join(FIXTURES, "dovecot.sh"), command, folder, *options], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        if done.returncode:
            raise AssertionError(f"dovecot.sh {command} failed:\n{done.stdout.decode(errors='replace')}")

    def stop(self):
        self.script("stop", os.path.dirname(self.env_path))

    def read_mailboxes_again(self):
        self.script("users", os.path.dirname(self.env_path))

    def truth(self):
        with open(os.path.join(self.mail, "truth.jsonl"), encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def users(self):
        return sorted(name for name in os.listdir(self.mail) if os.path.isdir(os.path.join(self.mail, name)))

    def mark(self):
        """A place in the log, for `retrieved`."""
        return os.path.getsize(self.env["LOG_FILE"])

    def retrieved(self, mark):
        """How many messages and octets were sent by RETR since then; waits until every session has been logged."""
        quiet_since, before = time.monotonic(), None
        while True:
            with open(self.env["LOG_FILE"], "rb") as log:
                log.seek(mark)
                text = log.read()
            logins = text.count(b" pop3-login: Info: Login: ")
            ends = re.findall(rb" pop3\(.*: Info: .* retr=(\d+)/(\d+)", text)
            if (logins, len(ends)) != before:
                quiet_since, before = time.monotonic(), (logins, len(ends))
            quiet = time.monotonic() - quiet_since
            if (logins == len(ends) and quiet > 0.1) or quiet > 20:
                return sum(int(count) for count, _ in ends), sum(int(octets) for _, octets in ends)
            time.sleep(0.02)


class StallingServer(threading.Thread):
    """Takes any login, in the clear, and says nothing to STAT."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.commands = []
        self.start()

    def run(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"+OK ready\r\n")
            for line in lines:
                self.commands.append(line)
                if line.startswith(b"STAT"):
                    continue
                connection.sendall(b"-ERR unknown\r\n" if line.startswith(b"CAPA") else b"+OK\r\n")

    def wait_for_login(self):
        until = time.monotonic() + 30
        while not any(line.startswith(b"STAT") for line in self.commands):
            if time.monotonic() > until:
                raise AssertionError(f"no login: {self.commands}")
            time.sleep(0.01)


def shared_server():
    """The server of all tests. Nobody changes its mail."""
    return Server(os.environ["MAILCASK_TEST_DOVECOT"])


def held_by_account(truth):
    """User -> digests. An archive holds each message once for each account."""
    held = collections.defaultdict(set)
    for record in truth:
        held[record["user"]].add(record["sha256"])
    return dict(held)


# --- the program ---------------------------------------------------------------------------------------------------


class Result:
    def __init__(self, status, out, err, seconds=0.0):
        self.status, self.out, self.err, self.seconds = status, out, err, seconds

    @property
    def text(self):
        return self.out.decode() + self.err.decode()

    @property
    def json(self):
        return json_lines(self.out)

    @property
    def json_so_far(self):
        """What a program wrote that was killed: its last line may be torn."""
        return json_lines(self.out[:self.out.rfind(b"\n") + 1])


def check_no_secret(*texts):
    """The password of every user is pw-USER; no everyday text holds that."""
    for text in texts:
        if b"pw-" in text:
            around = text[max(0, text.index(b"pw-") - 200):][:400]
            raise AssertionError(f"a password was told: {around!r}")


def mailcask(*arguments, cwd=None, env=None, before=None, secrets_allowed=False):
    """Runs the program to its end."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        done = subprocess.run(
            [MAILCASK, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd, preexec_fn=before,
            env={**os.environ, **(env or {})})
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read())
    if not secrets_allowed:
        check_no_secret(*texts)
    return Result(done.returncode, *texts, time.monotonic() - started)


class RunningMailcask:
    """The program while it runs, its output going to files."""

    def __init__(self, *arguments, cwd, env=None):
        self.out_path, self.err_path = os.path.join(cwd, "running.out"), os.path.join(cwd, "running.err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.child = subprocess.Popen(
                [MAILCASK, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd,
                env={**os.environ, **(env or {})})

    def wait_for(self, text, seconds=30):
        """Until standard output holds `text`."""
        until = time.monotonic() + seconds
        while text not in read(self.out_path):
            if time.monotonic() > until:
                raise AssertionError(f"no {text!r} in {read(self.out_path)[-500:]!r}, {read(self.err_path)[-500:]!r}")
            if self.child.poll() is not None and text not in read(self.out_path):
                raise AssertionError(f"ended before {text!r}: {read(self.err_path)[-500:]!r}")
            time.sleep(0.005)

    def signal(self, number):
        self.child.send_signal(number)

    def result(self, seconds=60):
        """Waits for the end."""
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise
        out, err = read(self.out_path), read(self.err_path)
        check_no_secret(out, err)
        return Result(self.child.returncode, out, err)


# --- manifests -----------------------------------------------------------------------------------------------------


def quoted(text):
    return json.dumps(text)


def account_text(user, **keys):
    """One [[account]] whose name is the user's."""
    values = {"name": user, "user": user, "password": f"pw-{user}", **keys}
    lines = [
        f"{key.replace('_', '-')} = {value if isinstance(value, (int, float)) else quoted(value)}"
        for key, value in values.items() if value is not None
    ]
    return "\n[[account]]\n" + "\n".join(lines) + "\n"


def write_manifest(folder, server, users=None, *, archive="", job="", top="", accounts="", name="accounts.toml"):
    """A manifest in `folder` whose archive is beside it; `archive`, `job` and `top` are more lines of TOML."""
    listed = "".join(account_text(user) for user in users or [])
    path = os.path.join(folder, name)
    if "path =" not in archive:
        archive = f'path = "archive"\n{archive}'
    write(path, f"""{top}
[archive]
{archive}
[job]
parallel = 8
parallel-per-host = 8
{"" if "retry-delay" in job else 'retry-delay = "200 ms"'}
{job}
[defaults]
host = "localhost"
port = {server.env["POP3S_PORT"]}
ca-file = "{server.env["CA_FILE"]}"
{listed}{accounts}""")
    os.chmod(path, 0o600)
    return path


# --- archives, without mailcask ------------------------------------------------------------------------------------


def volumes(archive):
    folder = os.path.join(archive, "volumes")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".tar.gz")]


def entry_paths(archive):
    """What tar lists, volume after volume; every volume must be sound."""
    paths = []
    for volume in volumes(archive):
        done = subprocess.run(["tar", "-tzf", volume], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode or done.stderr:
            raise AssertionError(f"tar on {volume}: {done.returncode}, {done.stderr[:500]!r}")
        paths += done.stdout.decode().splitlines()
    return paths


def stored_twice(archive):
    """Segments that lie in the volumes more than once."""
    counts = collections.Counter(path for path in entry_paths(archive) if path.startswith("parts/"))
    return [path for path, count in counts.items() if count > 1]


def recovery_steps(archive):
    """The commands of RECOVER.txt: its indented lines, one script for each numbered step."""
    steps = []
    for line in read(os.path.join(archive, "RECOVER.txt")).decode().splitlines():
        if re.match(r"\d+\. ", line):
            steps.append("")
        elif line.startswith("       ") and steps:
            steps[-1] += line[7:] + "\n"
    return steps


def restore(archive, folder):
    """Does what RECOVER.txt says, to the letter, and returns the folder of accounts.

    Step by step in one shell, as a person would type it; the archive itself stays as it is.
    """
    os.makedirs(folder)
    for name in ("volumes", "manifest-sha256.txt"):
        os.symlink(os.path.join(os.path.abspath(archive), name), os.path.join(folder, name))
    steps = recovery_steps(archive)
    if len(steps) != 4:
        raise AssertionError(f"RECOVER.txt has {len(steps)} steps")
    if not os.path.exists(os.path.join(archive, "manifest-sha256.txt")):
        steps = steps[1:]  # no volume is complete yet
    done = subprocess.run(
        ["sh", "-euc", "".join(steps)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode or done.stderr:
        raise AssertionError(f"RECOVER.txt fails with {done.returncode}: {done.stderr.decode(errors='replace')[:800]}")
    return os.path.join(folder, "restored", "mail")


def mbox_digests(path):
    """Digests of the messages that Python's mailbox module reads of an mboxrd file, in their order."""
    box = mailbox.mbox(path, create=False)
    try:
        return [sha256(re.sub(rb"(?m)^>(>*From )", rb"\1", box.get_bytes(key))) for key in box.keys()]
    finally:
        box.close()


def unzip_mboxes(archive, folder):
    """`zcat mbox/ACCOUNT/*.mbox.gz` for each account, as RECOVER.txt says, into files named after the accounts."""
    os.makedirs(folder)
    for account in os.listdir(os.path.join(archive, "mbox")):
        place = os.path.join(archive, "mbox", account)
        with open(os.path.join(folder, account), "wb") as out:
            subprocess.run(["zcat", *sorted(os.path.join(place, name) for name in os.listdir(place))], stdout=out,
                           check=True)


def digests_in(folder, suffix=""):
    """Account -> digests of the files below its folder. No two files of an account may be the same message."""
    found = {}
    for account in sorted(os.listdir(folder)):
        digests = [
            sha256(read(os.path.join(path, name)))
            for path, _, names in os.walk(os.path.join(folder, account)) for name in names if name.endswith(suffix)
        ]
        if len(digests) != len(set(digests)):
            raise AssertionError(f"{account} has a message twice")
        if digests:
            found[account] = set(digests)
    return found


def folder_bytes(folder):
    return sum(
        os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names)


def without_catalog(archive):
    for name in os.listdir(archive):
        if name.startswith("catalog.sqlite"):
            os.remove(os.path.join(archive, name))


# --- tests ---------------------------------------------------------------------------------------------------------


class EndToEndTest(unittest.TestCase):
    """A test class with a folder of its own that others may enter, as Dovecot's user must."""

    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mailcask-e2e.")
        os.chmod(cls.folder, 0o755)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = shared_server()

    @classmethod
    def own_server(cls, *sample_options, name="server"):
        folder = os.path.join(cls.folder, name)
        os.makedirs(folder, exist_ok=True)
        server = Server.start(folder, *sample_options)
        cls.addClassCleanup(server.stop)
        return server

    def fresh_folder(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        os.chmod(folder, 0o755)
        return folder

    def drained(self, *arguments, status=DONE, **options):
        """A drain that ends with `status`; its events with --json."""
        result = mailcask("drain", *arguments, **options)
        self.assertEqual(result.status, status, result.text[-3000:])
        return result

    def assert_holds(self, found, expected):
        """Two maps of account -> digests are alike."""
        wrong = []
        for account in sorted(found.keys() | expected.keys()):
            missing = expected.get(account, set()) - found.get(account, set())
            surplus = found.get(account, set()) - expected.get(account, set())
            if missing or surplus:
                wrong.append(f"{account}: {len(missing)} missing {sorted(missing)[:3]}, "
                             f"{len(surplus)} not expected {sorted(surplus)[:3]}")
        self.assertEqual(wrong, [])

    def assert_archive_holds(self, archive, truth):
        """By the plain tools and by mailcask's own: every message of the truth, each once for its account."""
        restored = restore(archive, os.path.join(self.fresh_folder(), "r"))
        self.assert_holds(digests_in(restored, ".eml"), held_by_account(truth))
        self.assert_archive_sound(archive, truth)

    def assert_archive_sound(self, archive, truth):
        """The same by tar's listing, `list` and `verify`, which is quicker."""
        self.assertEqual(stored_twice(archive), [])
        self.assert_listed(archive, held_by_account(truth))
        self.assert_verified(archive)

    def assert_mboxes_hold(self, folder, expected):
        """Unzipped mboxes, read by Python: each message once."""
        found = {}
        for account in os.listdir(folder):
            digests = mbox_digests(os.path.join(folder, account))
            self.assertEqual(len(digests), len(set(digests)), f"the mbox of {account} has a message twice")
            if digests:
                found[account] = set(digests)
        self.assert_holds(found, expected)

    def assert_listed(self, archive, expected):
        listed = mailcask("list", archive, "--json").json
        pairs = [(line["account"], line["id"]) for line in listed]
        self.assertEqual(len(pairs), len(set(pairs)), "list shows a message twice for one account")
        found = collections.defaultdict(set)
        for account, digest in pairs:
            found[account].add(digest)
        self.assert_holds(found, expected)

    def assert_verified(self, archive):
        result = mailcask("verify", archive)
        self.assertEqual(result.status, DONE, result.text[-2000:])
        self.assertIn("all is well", result.text)


class SentenceResult(unittest.TextTestResult):
    """`+ a second run fetches nothing (0.4 s)`."""

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)
        self.started = time.monotonic()

    def tell(self, sign, test, end=""):
        sentence = test._testMethodName.removeprefix("test_").replace("_", " ")
        self.stream.writeln(f"{sign} {sentence} ({time.monotonic() - self.started:.1f} s){end}")
        self.stream.flush()

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.tell("+", test)

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        if isinstance(test, unittest.TestCase):
            self.tell("FAILED", test)

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self.tell("FAILED", test)

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.tell("-", test, f": {reason}")


def main():
    unittest.main(testRunner=unittest.TextTestRunner(resultclass=SentenceResult, stream=sys.stdout))
