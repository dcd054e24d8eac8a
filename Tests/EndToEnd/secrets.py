"""Passwords: where they are never to be found."""

import glob
import os
import shutil
import subprocess
import time
import unittest

from _common import *

SECRET = "Grünkohl-und-Pinkel-4711"


def memory_holds(pid, needle):
    """Whether the bytes stand anywhere in the memory of a process that it may write to."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(number, 16) for number in span.split("-"))
            memory.seek(start)
            try:
                if needle in memory.read(end - start):
                    return True
            except OSError:
                continue  # such as [vvar]
    return False


class Secrets(EndToEndTest):
    def manifest(self, folder, server, secret):
        path = os.path.join(folder, "accounts.toml")
        write(path, f"""archive.path = "archive"
[[account]]
name = "ann"
host = "127.0.0.1"
port = {server.port}
tls = "none"
allow-cleartext = true
user = "ann"
reply-timeout = "60 s"
{secret}
""")
        os.chmod(path, 0o600)
        return path

    def assert_forgotten(self, secret, env=None, **files):
        folder, server = self.fresh_folder(), StallingServer()
        for name, text in files.items():
            write(os.path.join(folder, name), text)
            os.chmod(os.path.join(folder, name), 0o600)
        env = {name: value.format(folder=folder) for name, value in (env or {}).items()}
        running = RunningMailcask("drain", self.manifest(folder, server, secret), cwd=folder, env=env)
        try:
            server.wait_for_login()
            self.assertIn(f"PASS {SECRET}\r\n".encode(), server.commands, "this password was sent")
            time.sleep(0.2)
            self.assertTrue(memory_holds(running.child.pid, b"127.0.0.1"), "memory can be read at all")
            self.assertFalse(memory_holds(running.child.pid, SECRET.encode()), "the password is still in memory")
            with open(f"/proc/{running.child.pid}/cmdline", "rb") as line:
                self.assertNotIn(SECRET.encode(), line.read())
        finally:
            running.signal(9)
            running.child.wait()
        for path in glob.glob(os.path.join(folder, "**"), recursive=True):
            if os.path.isfile(path) and os.path.basename(path) not in files:
                self.assertNotIn(SECRET.encode(), read(path), path)

    @unittest.skipUnless(os.path.exists("/proc/self/mem"), "no /proc")
    def test_a_password_from_a_command_is_gone_from_memory_after_the_login(self):
        self.assert_forgotten('password-command = "cat secret.txt"', **{"secret.txt": SECRET + "\n"})

    @unittest.skipUnless(os.path.exists("/proc/self/mem"), "no /proc")
    def test_a_password_from_a_file_is_gone_from_memory_after_the_login(self):
        self.assert_forgotten('password-file = "secret.txt"', **{"secret.txt": SECRET + "\r\nother lines\n"})

    @unittest.skipUnless(os.path.exists("/proc/self/mem"), "no /proc")
    def test_a_password_from_a_credential_is_gone_from_memory_after_the_login(self):
        self.assert_forgotten(
            'password-credential = "mail"', env={"CREDENTIALS_DIRECTORY": "{folder}"}, **{"mail": SECRET + "\n"})

    @unittest.skipUnless(os.path.exists("/proc/self/mem"), "no /proc")
    def test_a_password_from_netrc_is_gone_from_memory_after_the_login(self):
        self.assert_forgotten(
            'password-netrc = true', env={"HOME": "{folder}"},
            **{".netrc": f"machine 127.0.0.1\n login eve password no\nmachine 127.0.0.1 login ann password {SECRET}\n"})


class Sources(EndToEndTest):
    """Where passwords come from, at a real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.bob = cls.server.users()[:2]
        cls.held = held_by_account(cls.server.truth())

    def drain(self, source, *, env=None, status=DONE, files=None):
        """Drains the first user with a source and the second with a password.  Returns the run."""
        folder = self.fresh_folder()
        for name, text in (files or {}).items():
            write(os.path.join(folder, name), text)
            os.chmod(os.path.join(folder, name), 0o700)
        accounts = account_text(self.ann, password=None).rstrip("\n") + f"\n{source}\n" + account_text(self.bob)
        manifest = write_manifest(folder, self.server, [], accounts=accounts)
        env = {name: value.format(folder=folder) for name, value in (env or {}).items()}
        run = mailcask("drain", manifest, "--quiet", cwd=folder, env=env)
        self.assertEqual(run.status, status, run.text)
        expected = {self.bob: self.held[self.bob]}
        if status == DONE:
            expected[self.ann] = self.held[self.ann]
        self.assert_listed(os.path.join(folder, "archive"), expected)
        return run

    def test_a_credential_of_systemd_is_read(self):
        self.drain(
            'password-credential = "pop"', env={"CREDENTIALS_DIRECTORY": "{folder}"},
            files={"pop": f"pw-{self.ann}\n"})

    def test_where_there_are_no_credentials_one_account_fails(self):
        run = self.drain('password-credential = "pop"', env={"CREDENTIALS_DIRECTORY": ""}, status=REFUSED)
        self.assertIn("CREDENTIALS_DIRECTORY is not set", run.text)
        run = self.drain(
            'password-credential = "pw-pop"', env={"CREDENTIALS_DIRECTORY": "{folder}"}, status=REFUSED)
        self.assertIn("the credential of `password-credential` cannot be read: No such file", run.text)

    def test_netrc_is_read_by_host_and_user(self):
        netrc = (f"machine other login {self.ann} password wrong\nmachine LOCALHOST login {self.ann}"
                 f" password \"pw-{self.ann}\"\nmachine 127.0.0.1 login {self.ann} password pw-{self.ann}\n")
        self.drain("password-netrc = true", env={"HOME": "{folder}"}, files={".netrc": netrc})
        self.drain('password-netrc = "passwords"', files={"passwords": netrc})

    def test_a_netrc_without_the_password_fails_one_account_and_is_not_shown(self):
        run = self.drain('password-netrc = "n"', files={"n": "machine other password pw-x\n"}, status=REFUSED)
        self.assertIn(f"has no password of {self.ann} at", run.text)
        run = self.drain('password-netrc = "n"', files={"n": "machine other\npw-x\n"}, status=REFUSED)
        self.assertIn("line 2 has a word that is none of machine", run.text)

    def test_a_password_file_that_others_may_write_is_refused(self):
        folder = self.fresh_folder()
        write(os.path.join(folder, "n"), "pw-x\n")
        os.chmod(os.path.join(folder, "n"), 0o622)
        accounts = account_text(self.ann, password=None, password_file="n")
        run = mailcask("drain", write_manifest(folder, self.server, [], accounts=accounts), cwd=folder)
        self.assertEqual(run.status, BAD_MANIFEST)
        self.assertIn("others than its owner may write to the password file", run.text)

    def test_the_keyring_is_asked_by_secret_tool(self):
        tool = f"#!/bin/sh\nprintf '%s|' \"$@\" > \"$HOME/asked\"\nprintf %s 'pw-{self.ann}'\n"
        env = {"PATH": "{folder}:" + os.environ["PATH"]}
        for value, asked in (
            ("true", f"lookup|--|host|localhost|service|pop3|user|{self.ann}|"),
            ("\"user=it's$(id) b=c\"", "lookup|--|b|c|user|it's$(id)|"),
        ):
            with self.subTest(value=value):
                source = f"password-secret-service = {value}"
                self.drain(source, env={**env, "HOME": self.folder}, files={"secret-tool": tool})
                self.assertEqual(read(os.path.join(self.folder, "asked")).decode(), asked)

    def test_a_keyring_that_does_not_answer_fails_one_account(self):
        env = {"PATH": "{folder}:" + os.environ["PATH"]}
        run = self.drain(
            "password-secret-service = true", env=env, files={"secret-tool": "#!/bin/sh\nexit 1\n"}, status=REFUSED)
        self.assertIn("ended with status 1; see that the keyring is unlocked", run.text)
        run = self.drain("password-secret-service = true", env={"PATH": "{folder}"}, status=REFUSED)
        self.assertIn("install the package libsecret-tools", run.text)

    def test_a_request_to_end_ends_a_command_at_once(self):
        for source in ('password-command = "touch begun; sleep 50"', 'token-command = "touch begun; sleep 50"'):
            with self.subTest(source=source):
                folder = self.fresh_folder()
                manifest = write_manifest(
                    folder, self.server, [], accounts=account_text(self.ann, password=None) + source + "\n")
                running = RunningMailcask("drain", manifest, "--quiet", cwd=folder)
                until = time.monotonic() + 20
                while not os.path.exists(os.path.join(folder, "begun")) and time.monotonic() < until:
                    time.sleep(0.01)
                started = time.monotonic()
                running.signal(2)
                self.assertEqual(running.result().status, 130)
                self.assertLess(time.monotonic() - started, 8)

    @unittest.skipUnless(all(map(shutil.which, ("secret-tool", "gnome-keyring-daemon", "dbus-run-session"))),
                         "no keyring: sh Fixtures/packages.sh keyring")
    def test_a_real_keyring_is_asked(self):
        folder = self.fresh_folder()
        manifest = write_manifest(
            folder, self.server, [],
            accounts=account_text(self.ann, password=None) + "password-secret-service = true\n"
            + account_text(self.bob, password=None) + 'password-secret-service = "unknown=x"\n')
        write(os.path.join(folder, "script"), """
printf unlock | gnome-keyring-daemon --unlock --components=secrets --daemonize > /dev/null
until printf %s "pw-$1" | secret-tool store --label=mail host localhost service pop3 user "$1"; do sleep 0.1; done
"$2" drain "$3" --quiet
""")
        done = subprocess.run(
            ["timeout", "60", "dbus-run-session", "--", "sh", os.path.join(folder, "script"), self.ann, MAILCASK,
             manifest],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": folder, "XDG_RUNTIME_DIR": folder})
        self.assertEqual(done.returncode, REFUSED, done.stdout)
        self.assertIn(b"the secret-tool of `password-secret-service` ended with status 1", done.stdout)
        check_no_secret(done.stdout)
        self.assert_listed(os.path.join(folder, "archive"), {self.ann: self.held[self.ann]})


if __name__ == "__main__":
    main()
