"""Passwords: where they are never to be found."""

import glob
import os
import time
import unittest

from _common import EndToEndTest, RunningMailcask, StallingServer, main, read, write

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

    def assert_forgotten(self, secret, **files):
        folder, server = self.fresh_folder(), StallingServer()
        for name, text in files.items():
            write(os.path.join(folder, name), text)
            os.chmod(os.path.join(folder, name), 0o600)
        running = RunningMailcask("drain", self.manifest(folder, server, secret), cwd=folder)
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


if __name__ == "__main__":
    main()
