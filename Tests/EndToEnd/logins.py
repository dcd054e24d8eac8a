#!/usr/bin/env python3
"""Every way to log in, at a real server, with every message of the account behind it."""

import base64
import os
import socket
import threading
import time

from _common import *
from _tokens import dovecot_database, token

MECHANISMS = (
    "user", "apop", "plain", "login", "cram-md5", "digest-md5", "scram-sha-1", "scram-sha-256", "oauthbearer", "xoauth2",
)


class TokenServer(threading.Thread):
    """Speaks XOAUTH2 alone, in the clear, and refuses every token but one in its own words."""

    def __init__(self, good, refusal):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.good, self.refusal, self.tokens, self.sessions = good, refusal, [], 0
        self.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            self.sessions += 1
            with connection, connection.makefile("rwb", 0) as stream:
                stream.write(b"+OK ready\r\n")
                for line in stream:
                    words = line.split()
                    if words[0] == b"CAPA":
                        stream.write(b"+OK\r\nSASL XOAUTH2\r\nUIDL\r\n.\r\n")
                    elif words[0] == b"AUTH":
                        if len(words) < 3:
                            stream.write(b"+ \r\n")
                            words = [*words, stream.readline().strip()]
                        stream.write(self.answer(base64.b64decode(words[2]), stream))
                    elif words[0] in (b"UIDL", b"LIST"):
                        stream.write(b"+OK\r\n.\r\n")
                    else:
                        stream.write(b"+OK 0 0\r\n")

    def answer(self, response, stream):
        self.tokens.append(response.split(b"auth=Bearer ")[1].rstrip(b"\x01").decode())
        if self.tokens[-1] == self.good:
            return b"+OK in\r\n"
        if self.refusal is not None:
            stream.write(b"+ " + base64.b64encode(self.refusal) + b"\r\n")
            stream.readline()
        return b"-ERR no\r\n"


class Logins(EndToEndTest):
    """A Dovecot with every mechanism that it has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        state = os.path.join(cls.folder, "s")
        settings = [
            "auth_mechanisms = plain login apop cram-md5 digest-md5 scram-sha-1 scram-sha-256 oauthbearer xoauth2"
            " anonymous",
            dovecot_database(state),
        ]
        cls.own = Server.start(state, "--users", "2", "--messages", "20", settings=settings)
        cls.addClassCleanup(cls.own.stop)
        cls.user = cls.own.users()[0]
        cls.held = {record["sha256"] for record in cls.own.truth() if record["user"] == cls.user}

    def drain(self, auth, password=None, **options):
        """One drain of one account.  Returns the run, and the archive."""
        folder = self.fresh_folder()
        tls = options.pop("tls", "implicit")
        port = self.own.env["POP3S_PORT" if tls == "implicit" else "POP3_PORT"]
        lines = [
            '[archive]', 'path = "archive"', '[[account]]', 'host = "localhost"', f"port = {port}", f'tls = "{tls}"',
            f'ca-file = "{self.own.env["CA_FILE"]}"', f'user = "{options.pop("user", self.user)}"',
        ]
        if auth:
            lines.append(f'auth = "{auth}"')
        if secret := options.pop("secret", None):
            lines.append(secret)
        elif auth != "anonymous":
            lines.append(f'password = "{password or "pw-" + self.user}"')
        manifest = os.path.join(folder, "accounts.toml")
        write(manifest, "\n".join(lines) + "\n")
        os.chmod(manifest, 0o600)
        return mailcask("drain", manifest, "--quiet"), os.path.join(folder, "archive")

    def mechanism(self, mark):
        """The mechanism of the login since then, as the server's log has it."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = re.findall(r"Login: user=<[^>]*>, method=([A-Z0-9-]+)", read(self.own.env["LOG_FILE"])[mark:].decode())
            if found:
                return found[-1]
            time.sleep(0.05)
        return None

    def test_every_mechanism_logs_in_and_brings_every_message(self):
        passwords = {"oauthbearer": token(self.user), "xoauth2": token(self.user)}
        for auth, tls in [(auth, tls) for auth in MECHANISMS for tls in ("implicit", "stls")]:
            with self.subTest(auth=auth, tls=tls):
                mark = self.own.mark()
                run, archive = self.drain(auth, passwords.get(auth), tls=tls)
                self.assertEqual(run.status, DONE, run.text)
                expected = "PLAIN" if auth == "user" else auth.upper()
                self.assertEqual(self.mechanism(mark), expected)
                found = {line["id"] for line in json_lines(mailcask("list", archive, "--json").out)}
                self.assertEqual(found, self.held)

    def test_by_itself_it_takes_the_strongest_that_is_offered(self):
        mark = self.own.mark()
        run, _ = self.drain(None)
        self.assertEqual(run.status, DONE, run.text)
        self.assertEqual(self.mechanism(mark), "SCRAM-SHA-256")

    def test_a_wrong_password_is_refused_by_every_mechanism_and_never_shown(self):
        for auth in (*MECHANISMS, None):
            with self.subTest(auth=auth):
                run, _ = self.drain(auth, "quite-wrong-9431")
                self.assertEqual(run.status, REFUSED, run.text)
                self.assertIn("refuses the login", run.text)
                self.assertNotIn("quite-wrong-9431", run.text)
                if auth is None:
                    self.assertIn("name another mechanism with `auth`", run.text)

    def test_a_token_that_has_ended_is_refused_with_the_servers_reason(self):
        old = token(self.user, seconds=-60)
        for auth in ("oauthbearer", "xoauth2"):
            with self.subTest(auth=auth):
                run, _ = self.drain(auth, old)
                self.assertEqual(run.status, REFUSED, run.text)
                self.assertNotIn(old, run.text)
                self.assertIn("refuses the login", run.text)

    def token_command(self, *tokens):
        """A command that prints the next of them each time, the last one for ever.  Returns its key, and its log."""
        folder = self.fresh_folder()
        for number, text in enumerate(tokens, 1):
            write(os.path.join(folder, f"{number}"), text + "\nthe rest\n")
        log = os.path.join(folder, "log")
        write(log, "")
        script = (f"echo x >> {log}; n=$(grep -c x {log}); "
                  f"[ $n -le {len(tokens)} ] || n={len(tokens)}; cat {folder}/$n")
        return f"token-command = {quoted(script)}", log

    def attempts(self, mark):
        """How many logins of one session were refused, as the server's log has it."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = re.findall(r"auth failed, (\d+) attempts", read(self.own.env["LOG_FILE"])[mark:].decode())
            if found:
                return [int(count) for count in found]
            time.sleep(0.05)
        return []

    def test_a_command_gives_a_token_and_the_mechanism_that_takes_one_is_found(self):
        for auth, tls, expected in ((None, "implicit", "OAUTHBEARER"), (None, "stls", "OAUTHBEARER"),
                                    ("oauthbearer", "implicit", "OAUTHBEARER"), ("xoauth2", "implicit", "XOAUTH2")):
            with self.subTest(auth=auth, tls=tls):
                good = token(self.user)
                secret, log = self.token_command(good)
                mark = self.own.mark()
                run, archive = self.drain(auth, secret=secret, tls=tls)
                self.assertEqual(run.status, DONE, run.text)
                self.assertEqual(self.mechanism(mark), expected)
                self.assertEqual(read(log), b"x\n")
                self.assertNotIn(good, run.text)
                found = {line["id"] for line in json_lines(mailcask("list", archive, "--json").out)}
                self.assertEqual(found, self.held)

    def test_a_token_that_has_ended_is_fetched_anew_once_in_the_same_login(self):
        for auth in (None, "xoauth2"):
            with self.subTest(auth=auth):
                secret, log = self.token_command(token(self.user, seconds=-60), token(self.user))
                mark = self.own.mark()
                run, archive = self.drain(auth, secret=secret)
                self.assertEqual(run.status, DONE, run.text)
                self.assertEqual(read(log), b"x\nx\n")
                self.assertEqual(self.mechanism(mark), (auth or "oauthbearer").upper())
                found = {line["id"] for line in json_lines(mailcask("list", archive, "--json").out)}
                self.assertEqual(found, self.held)

    def test_a_second_token_that_is_refused_is_the_last_one(self):
        for auth in (None, "xoauth2"):
            with self.subTest(auth=auth):
                olds = [token(self.user, seconds=-seconds) for seconds in (60, 61, 62)]
                secret, log = self.token_command(*olds)
                mark = self.own.mark()
                run, _ = self.drain(auth, secret=secret)
                self.assertEqual(run.status, REFUSED, run.text)
                self.assertEqual(read(log), b"x\nx\n")
                self.assertEqual(self.attempts(mark), [2])
                self.assertIn("check `user`, and that `token-command` prints a token of this user", run.text)
                for old in olds:
                    self.assertNotIn(old, run.text)

    def test_the_same_token_is_not_tried_twice(self):
        secret, log = self.token_command(token(self.user, seconds=-60))
        mark = self.own.mark()
        run, _ = self.drain(None, secret=secret)
        self.assertEqual(run.status, REFUSED, run.text)
        self.assertEqual(read(log), b"x\nx\n")
        self.assertEqual(self.attempts(mark), [1])

    def drain_by(self, secret, server):
        folder = self.fresh_folder()
        write(os.path.join(folder, "m.toml"), f"""archive.path = "archive"
[[account]]
host = "127.0.0.1"
port = {server.listener.getsockname()[1]}
tls = "none"
allow-cleartext = true
user = "ann"
{secret}
""")
        return mailcask("drain", os.path.join(folder, "m.toml"), "--quiet")

    def test_only_a_token_that_is_not_good_is_fetched_anew(self):
        for refusal, attempts in (
            (b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}', 2), (b'{"status":"401"}', 2),
            (b'{"status":"invalid_token"}', 2), (b'{"error":"invalid_token"}', 2),
            (b'{"status":"insufficient_scope"}', 1), (b'{"status":"500"}', 1), (b"status 401", 1), (b"", 1), (None, 1),
        ):
            for good in ("tok-2", "tok-3"):
                with self.subTest(refusal=refusal, good=good):
                    server = TokenServer(good, refusal)
                    secret, log = self.token_command("tok-1", "tok-2", "tok-3")
                    run = self.drain_by(secret, server)
                    self.assertEqual(server.tokens, ["tok-1", "tok-2"][:attempts])
                    self.assertEqual(server.sessions, 1)
                    self.assertEqual(read(log), b"x\n" * attempts)
                    self.assertEqual(run.status, DONE if good in server.tokens else REFUSED, run.text)
                    self.assertNotIn("tok-", run.text)

    def test_a_token_command_that_fails_tells_so_and_nothing_is_sent(self):
        mark = self.own.mark()
        run, _ = self.drain(None, secret='token-command = "echo tok-9431; exit 3"')
        self.assertEqual(run.status, REFUSED)
        self.assertIn("the `token-command` ended with status 3; try the command by hand", run.text)
        self.assertNotIn("tok-9431", run.text)
        self.assertNotIn("rip=", read(self.own.env["LOG_FILE"])[mark:].decode())

    def test_a_mechanism_that_is_not_offered_is_not_tried(self):
        run, _ = self.drain("scram-sha-512")
        self.assertEqual(run.status, REFUSED)
        self.assertIn("does not offer SCRAM-SHA-512", run.text)
        self.assertIn("SCRAM-SHA-256", run.text)


if __name__ == "__main__":
    main()
