#!/usr/bin/env python3
"""Terminal escapes, line ends, paths and NUL wherever a server or a message can put them: none gets out as it is."""

import base64
import pty
import unicodedata

from _common import *

ESCAPES = "\x1b]0;owned\x07\x1b[31mEVIL\x9b2J\u202egnp.exe"
UP = "../../../../evil"


def encoded(text):
    return "=?utf-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def message(number, subject):
    """All header values and the attachment's name are the text, as it is and encoded."""
    return (
        f"Message-ID: <{number}{subject}@example.org>\r\nFrom: {encoded(subject + chr(10) + 'x')} <a@example.org>\r\n"
        f"To: {subject} <{subject}@example.org>\r\nCc: {encoded(subject)} <c@example.org>\r\n"
        f"Subject: needle {subject} {encoded(subject + chr(13) + chr(10) + 'Injected: yes')}\r\n"
        "Date: Sat, 22 Nov 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"body {subject}\r\n--b\r\nContent-Type: application/octet-stream; name=\"{subject}\"\r\n"
        f"Content-Disposition: attachment; filename=\"{subject}\"\r\n\r\n{'x' * 2000}\r\n--b--\r\n").encode()


class EvilServer(threading.Thread):
    """Puts the text into its greeting, its replies, its unique-ids and its messages, and refuses the last of them."""

    def __init__(self):
        super().__init__(daemon=True)
        self.mails = [message(1, ESCAPES), message(2, UP), message(3, "a\0b"), message(4, "long" * 3000), b"refused"]
        self.names = [ESCAPES, UP, "nul\0nul", "long" * 500, f"last {ESCAPES}"]
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        ok = f"+OK {ESCAPES} {UP}\r\n".encode()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(ok)
            for line in lines:
                verb, *arguments = line.decode().split() or [""]
                connection.sendall(self.reply(verb, arguments, ok))
                if verb == "QUIT":
                    return

    def reply(self, verb, arguments, ok):
        sizes = [len(mail) for mail in self.mails]
        if verb == "CAPA":
            return ok + f"USER\r\nUIDL\r\nIMPLEMENTATION {ESCAPES}\r\n{ESCAPES}\r\n.\r\n".encode()
        if verb == "STAT":
            return f"+OK {len(sizes)} {sum(sizes)} {ESCAPES}\r\n".encode()
        if verb == "LIST":
            return b"+OK\r\n" + b"".join(b"%d %d\r\n" % pair for pair in enumerate(sizes, 1)) + b".\r\n"
        if verb == "UIDL":
            return b"+OK\r\n" + "".join(f"{n} {name}\r\n" for n, name in enumerate(self.names, 1)).encode() + b".\r\n"
        if verb == "RETR" and int(arguments[0]) < len(self.mails):
            return ok + self.mails[int(arguments[0]) - 1] + b".\r\n"
        if verb in ("RETR", "TOP", "UTF8"):
            return f"-ERR {ESCAPES} {'long ' * 900}\r\n".encode()
        return ok


class HostileText(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mailcask-text-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.server = EvilServer()
        cls.archive = os.path.join(cls.folder, "archive")
        cls.manifest = os.path.join(cls.folder, "accounts.toml")
        write(cls.manifest, f"""
            [archive]
            path = "archive"
            [job]
            retries = 0
            [[account]]
            name = "{UP}"
            host = "127.0.0.1"
            port = {cls.server.port}
            tls = "none"
            allow-cleartext = true
            user = "ann"
            password = "secret"
            """)
        cls.drained = mailcask("drain", cls.manifest)

    def check(self, *texts, longest=1000):
        """Line ends are the only control characters, and no line is much longer than what people read."""
        for text in texts:
            text = text.decode()
            for character in text:
                if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
                    self.fail(f"{character!r} in {text[max(0, text.index(character) - 200):][:400]!r}")
            self.assertNotIn("\nInjected", text)
            self.assertLess(max(map(len, text.split("\n"))), longest)

    def test_every_command_shows_it_escaped(self):
        self.assertEqual(self.drained.status, RETRY)
        self.check(self.drained.out, self.drained.err)
        for command in (
            ("check", self.manifest), ("drain", self.manifest, "--dry-run"), ("reconcile", self.manifest),
            ("status", self.archive), ("list", self.archive), ("search", self.archive, "needle"),
            ("verify", self.archive), ("reindex", self.archive),
        ):
            with self.subTest(command[0]):
                shown = mailcask(*command)
                self.check(shown.out, shown.err)

    def test_lines_of_JSON_are_lines(self):
        for command in (
            ("drain", self.manifest, "--json"), ("check", self.manifest, "--json"), ("list", self.archive, "--json"),
            ("search", self.archive, "needle", "--json"), ("status", self.archive, "--json"),
        ):
            with self.subTest(command[0]):
                shown = mailcask(*command)
                self.assertGreater(len(shown.json), 0)
                self.assertFalse(set(shown.out) & (set(range(32)) - {10}))

    def test_show_makes_text_of_it_and_raw_gives_the_bytes(self):
        listed = mailcask("list", self.archive, "--json").json
        self.assertEqual({line["id"] for line in listed}, {sha256(mail) for mail in self.server.mails[:-1]})
        for line in listed:
            shown = mailcask("show", self.archive, line["id"])
            self.assertEqual(shown.status, DONE)
            self.check(shown.out, shown.err, longest=20_000)
            self.assertEqual(sha256(mailcask("show", self.archive, line["id"], "--raw").out), line["id"])

    def test_export_stays_in_its_folder_under_plain_names(self):
        for form in ("maildir", "eml", "mbox", "mbox.gz", "tar.gz"):
            with self.subTest(form):
                outer = os.path.join(self.folder, form)
                shown = mailcask("export", self.archive, os.path.join(outer, "a/b/c/d/e"), "--format", form)
                self.assertEqual(shown.status, DONE, shown.text)
                self.check(shown.out, shown.err)
                files = [os.path.join(at, name) for at, _, names in os.walk(outer) for name in names]
                self.assertGreater(len(files), 0)
                for path in files:
                    self.assertTrue(path.startswith(os.path.join(outer, "a/b/c/d/e")), path)
                    self.assertRegex(path[len(outer):], r"^[A-Za-z0-9/._,:=%~@+-]+$")
        self.assertFalse([name for name in os.listdir(self.folder) if "evil" in name])

    def test_the_live_display_holds_no_escape_but_its_own(self):
        ours, theirs = pty.openpty()
        running = subprocess.Popen(
            [MAILCASK, "drain", self.manifest], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
        running.wait()
        os.close(ours)
        self.assertIn(b"evil", text)
        for evil in (b"\x1b]", b"\x07", b"\x1b[31mEVIL", "\x9b".encode(), "\u202e".encode()):
            self.assertNotIn(evil, text)


if __name__ == "__main__":
    main()
