#!/usr/bin/env python3
"""Five more real POP3 servers, drained by every way and mechanism that they offer; and the table of README.md."""

import collections
import concurrent.futures
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import unittest

import kerberos
import logins
from _common import *

# By server, the ways to it and how one can log in there: all of it is tested below, but Dovecot's elsewhere.
WAYS = {
    "courier": ("implicit", "stls", "none"),
    "cyrus": ("implicit", "stls", "none"),
    "mailutils": ("implicit", "stls", "none"),
    "popa3d": ("none",),
    "solid-pop3d": ("none",),
}
MECHANISMS = {
    "courier": ("user", "plain", "login", "cram-md5"),
    "cyrus": (
        "user", "apop", "plain", "login", "cram-md5", "digest-md5", "gssapi", "ntlm", "scram-sha-1", "scram-sha-256",
        "scram-sha-512", "scram-sha-1-plus", "scram-sha-256-plus", "scram-sha-512-plus",
    ),
    "mailutils": ("user", "apop"),
    "popa3d": ("user",),
    "solid-pop3d": ("user", "apop"),
}

UNSPOKEN = {"gssapi-plus"}  # which no RFC knows by this name
STRONGEST = {"courier": "plain", "cyrus": "scram-sha-512-plus"}  # what is taken by itself, where it is not "user"
DOVECOT = {"implicit", "stls", "none", *logins.MECHANISMS, "gssapi"}  # by drain.py, logins.py and kerberos.py

UTF8_HEADER = "From: Jörg <joerg@harbour.example>\r\nSubject: Grüße aus Łódź\r\n\r\nnaïve café\r\n".encode()


class Client:
    """POP3 in a few lines, to see what a server transmits."""

    def __init__(self, env, way):
        port = env["POP3S_PORT" if way == "implicit" else "POP3_PORT"]
        self.stream, self.received = socket.create_connection(("127.0.0.1", int(port)), 60), b""
        trust = ssl.create_default_context(cafile=env["CA_FILE"])
        if way == "implicit":
            self.stream = trust.wrap_socket(self.stream, server_hostname="localhost")
        self.greeting = self.until(b"\r\n")
        if way == "stls":
            self.command("STLS")
            self.stream = trust.wrap_socket(self.stream, server_hostname="localhost")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def until(self, end):
        while (at := self.received.find(end)) < 0:
            piece = self.stream.recv(1 << 16)
            if not piece:
                raise EOFError(f"the server ended behind {self.received[-200:]!r}")
            self.received += piece
        found, self.received = self.received[:at], self.received[at + len(end):]
        return found

    def ask(self, command):
        self.stream.sendall(command.encode() + b"\r\n")
        return self.until(b"\r\n")

    def command(self, command):
        reply = self.ask(command)
        if not reply.startswith(b"+OK"):
            raise AssertionError(f"{command.split()[0]}: {reply!r}")
        return reply

    def lines(self, command):
        """The lines of a reply, unstuffed, each with its CRLF; nothing else ends one."""
        self.command(command)
        self.received = b"\r\n" + self.received
        return (self.until(b"\r\n.\r\n") + b"\r\n").replace(b"\r\n..", b"\r\n.")[2:]

    def capabilities(self):
        """Name -> arguments; none of a server without CAPA."""
        if not self.ask("CAPA").startswith(b"+OK"):
            return {}
        self.received = b"\r\n" + self.received
        words = [line.split() for line in self.until(b"\r\n.\r\n").decode().splitlines() if line]
        return {name: arguments for name, *arguments in words}

    def log_in(self, user):
        self.command(f"USER {user}")
        self.command(f"PASS pw-{user}")

    def messages(self):
        count = len(self.lines("UIDL").splitlines())
        return [self.lines(f"RETR {number}") for number in range(1, count + 1)]


class RealServer:
    """One of them, with sample mail."""

    def __init__(self, name, folder):
        self.name, self.state, self.env, self.truth = name, os.path.join(folder, name), {}, {}

    def kerberos_folder(self):
        path = os.path.join(self.state, "kerberos")
        os.makedirs(path)
        return path

    def script(self, command):
        return subprocess.run(
            ["sh", os.path.join(FIXTURES, "servers.sh"), command, self.name, self.state], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def start(self):
        mail = os.path.join(self.state, "mail")
        sample = [sys.executable, os.path.join(FIXTURES, "sample_mail.py"), mail]
        subprocess.run([*sample, "--users", "4", "--messages", "30"], check=True, stdout=subprocess.DEVNULL)
        write(os.path.join(mail, "ann", "Maildir", "new", "1800000000.M1P1.store"), UTF8_HEADER)
        self.started = self.script("start")
        if self.started.returncode == 0:
            with open(os.path.join(self.state, "env"), encoding="utf-8") as lines:
                self.env = dict(line.rstrip("\n").split("=", 1) for line in lines)

    def stop(self):
        self.script("stop")

    def client(self, way=None):
        return Client(self.env, way or WAYS[self.name][0])

    def transmitted(self, user):
        """What mailcask is to receive: the messages as they come after UTF8, where the server has that."""
        with self.client() as client:
            if "UTF8" in client.capabilities():
                client.command("UTF8")
            client.log_in(user)
            found = client.messages()
            client.command("QUIT")
        return found

    def listed(self, user):
        """How many messages there are, and how many of them share their unique-id with another."""
        with self.client() as client:
            client.log_in(user)
            identities = collections.Counter(line.split(None, 1)[1] for line in client.lines("UIDL").splitlines())
        return identities.total(), sum(count for count in identities.values() if count > 1)

    def account(self, user, way, **keys):
        """One [[account]], named after server and user."""
        if keys.get("auth") == "gssapi":
            keys["password"] = None
        port = int(self.env["POP3S_PORT" if way == "implicit" else "POP3_PORT"])
        text = account_text(user, name=f"{self.name}-{user}", host="localhost", port=port, tls=way, **keys)
        return text + (f'ca-file = "{self.env["CA_FILE"]}"\n' if way != "none" else "allow-cleartext = true\n")


class Servers(EndToEndTest):
    """All of them at the same time, each user's mail for tests of its own."""

    read_only, never_read, deleted_from = ("ann", "bob", "empty"), "carla", "dmitri"
    obstacle = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.servers = [RealServer(name, cls.folder) for name in WAYS]
        if os.geteuid() == 0:  # else nothing will be started
            subprocess.run(
                ["sh", os.path.join(FIXTURES, "packages.sh"), "kerberos"], check=True, stdout=subprocess.DEVNULL)
            cls.realm = kerberos.Realm(cls.servers[1].kerberos_folder(), ["bob"])
            cls.addClassCleanup(cls.realm.stop)
        starts = [threading.Thread(target=server.start) for server in cls.servers]
        for server, start in zip(cls.servers, starts):
            cls.addClassCleanup(server.stop)
            start.start()
        for start in starts:
            start.join()
        for server in cls.servers:
            told = server.started.stdout.decode(errors="replace")
            if server.started.returncode == 77:
                cls.obstacle = told.strip()
                return
            if server.started.returncode:
                raise AssertionError(f"servers.sh start {server.name} failed:\n{told}")
        for server in cls.servers:
            for user in (*cls.read_only, cls.deleted_from):
                if server.name == "mailutils":
                    server.transmitted(user)  # It adds header fields to what is read for the first time.
                server.truth[user] = server.transmitted(user)

    def setUp(self):
        if self.obstacle:
            self.skipTest(self.obstacle)

    def manifest(self, accounts):
        """In a folder of its own; returns its path and the archive's."""
        folder = self.fresh_folder()
        path = os.path.join(folder, "accounts.toml")
        job = 'parallel = 16\nretries = 1\nretry-delay = "200 ms"'
        write(path, f'[archive]\npath = "archive"\n[job]\n{job}\n{accounts}')
        os.chmod(path, 0o600)
        return path, os.path.join(folder, "archive")

    def results(self, manifest):
        """Account -> the result of a drain that succeeds."""
        events = self.drained(manifest, "--json").json
        return {event["account"]: event["result"] for event in events if event["event"] == "account-finished"}

    def expected(self, servers, users):
        """The truth in the form of sample_mail.py."""
        return [
            {"user": f"{server.name}-{user}", "sha256": sha256(message)}
            for server in servers for user in users for message in server.truth[user]
        ]

    def assert_nothing_new(self, results, servers, user):
        """But for messages that share a unique-id: they cannot be told apart without their bytes."""
        for server in servers:
            with self.subTest(server=server.name, user=user):
                result = results[f"{server.name}-{user}"]
                listed, twins = server.listed(user)
                self.assertEqual(result["listed"], listed)
                self.assertEqual(result["archived"], 0)
                self.assertEqual(result["alreadyArchived"], listed - twins)
                self.assertEqual(result["duplicates"], twins)
                self.assertEqual(result["octets"] > 0, twins > 0)

    def test_every_message_arrives_as_it_was_transmitted_and_a_second_run_fetches_nothing(self):
        for way in ("implicit", "stls", "none"):
            servers = [server for server in self.servers if way in WAYS[server.name]]
            manifest, archive = self.manifest("".join(
                server.account(user, way) for server in servers for user in self.read_only))
            self.drained(manifest)
            with self.subTest(way=way):
                self.assert_archive_holds(archive, self.expected(servers, self.read_only))
            results = self.results(manifest)
            for user in self.read_only:
                self.assert_nothing_new(results, servers, user)

    def test_what_a_server_adds_to_a_message_when_it_was_read_does_not_bring_it_again(self):
        manifest, _ = self.manifest("".join(
            server.account(self.never_read, WAYS[server.name][0]) for server in self.servers))
        first = self.results(manifest)
        for server in self.servers:
            self.assertGreater(first[f"{server.name}-{self.never_read}"]["archived"], 20)
        self.assert_nothing_new(self.results(manifest), self.servers, self.never_read)

    def test_every_mechanism_that_a_server_offers_logs_in(self):
        for name in sorted(set().union(*MECHANISMS.values())):
            servers = [server for server in self.servers if name in MECHANISMS[server.name]]
            manifest, archive = self.manifest("".join(
                server.account("bob", WAYS[server.name][0], auth=name) for server in servers))
            events = mailcask("drain", manifest, "--json", env=self.realm.ticket("bob", "ticket")).json
            ended = [event for event in events if event["event"] == "account-finished"]
            complete = {event["account"] for event in ended if event["isComplete"]}
            for server in servers:
                with self.subTest(mechanism=name, server=server.name):
                    self.assertIn(f"{server.name}-bob", complete, ended)
            self.assert_listed(archive, held_by_account(self.expected(servers, ["bob"])))

    def test_the_mechanisms_tested_are_those_that_are_offered(self):
        for server in self.servers:
            with self.subTest(server=server.name), server.client() as client:
                offered = {name.lower() for name in client.capabilities().get("SASL", [])} | {"user"}
                if re.search(rb"<[^<>]+@[^<>]+>", client.greeting):
                    offered.add("apop")
                self.assertEqual(offered - UNSPOKEN, set(MECHANISMS[server.name]))

    def test_a_wrong_password_is_refused_by_every_mechanism_and_not_shown(self):
        def refused(mechanism):
            servers = [server for server in self.servers if mechanism in (None, *MECHANISMS[server.name])]
            manifest, _ = self.manifest("".join(
                server.account("ann", WAYS[server.name][0], auth=mechanism, password="quite-wrong-9431")
                for server in servers))
            return mechanism, servers, mailcask("drain", manifest, env=ticket_of_another)

        ticket_of_another = self.realm.ticket("bob", "another")
        # Several at the same time, as most servers take seconds for it; Courier has four from one address at most.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = list(pool.map(refused, [None, *sorted(set().union(*MECHANISMS.values()))]))
        for mechanism, servers, result in runs:
            self.assertEqual(result.status, REFUSED, result.text)
            self.assertNotIn("quite-wrong-9431", result.text)
            for server in servers:
                with self.subTest(mechanism=mechanism, server=server.name):
                    tried = mechanism or STRONGEST.get(server.name, "user")
                    by = "" if tried == "user" else f" by {tried.upper()}"
                    self.assertIn(f"{server.name}-ann: the server refuses the login of ann{by}: ", result.text)

    def test_a_fifth_connection_to_Courier_is_told_as_one_too_many_and_a_later_run_is_complete(self):
        courier = self.servers[0]
        for way in ("implicit", "stls", "none"):
            with self.subTest(way=way):
                manifest, archive = self.manifest(courier.account("bob", way))
                others = [courier.client(way) for _ in range(4)]
                result = mailcask("drain", manifest)
                for client in others:
                    client.command("QUIT")
                    client.stream.close()
                self.assertEqual(result.status, RETRY, result.text)
                self.assertIn("parallel-per-host", result.text)
                self.drained(manifest)
                self.assert_listed(archive, held_by_account(self.expected([courier], ["bob"])))

    def test_Courier_gives_the_original_of_a_message_in_UTF_8_and_no_surrogate(self):
        courier = self.servers[0]
        with courier.client() as client:
            client.log_in("ann")
            self.assertNotIn(UTF8_HEADER, client.messages())
        manifest, archive = self.manifest(courier.account("ann", "implicit"))
        self.drained(manifest)
        self.assertEqual(mailcask("show", archive, sha256(UTF8_HEADER), "--raw").out, UTF8_HEADER)

    def test_what_is_deleted_is_in_the_archive(self):
        manifest, archive = self.manifest("".join(
            server.account(self.deleted_from, WAYS[server.name][0], delete="archived") for server in self.servers))
        results = self.results(manifest)
        for server in self.servers:
            with self.subTest(server=server.name):
                deleted = results[f"{server.name}-{self.deleted_from}"]["deleted"]
                self.assertEqual(deleted, len(server.truth[self.deleted_from]))
                self.assertEqual(server.transmitted(self.deleted_from), [])
        self.results(manifest)
        self.assert_archive_holds(archive, self.expected(self.servers, [self.deleted_from]))


def table():
    """What is tested, for README.md."""
    titles = {"courier": "Courier", "cyrus": "Cyrus"}
    columns = {"Dovecot": DOVECOT, **{titles.get(name, name): {*WAYS[name], *MECHANISMS[name]} for name in WAYS}}
    mechanisms = sorted(set().union(*columns.values()) - {"implicit", "stls", "none", "user", "apop"})
    names = {"implicit": "POP3S", "stls": "STLS", "none": "in the clear", "user": "USER and PASS"}
    lines = [["", *columns], ["---"] * (len(columns) + 1)]
    for row in (*names, "apop", *mechanisms):
        lines.append([names.get(row, row.upper()), *("yes" if row in column else "" for column in columns.values())])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


class Readme(unittest.TestCase):
    def test_README_shows_what_is_tested(self):
        self.assertIn(table(), read(os.path.join(PACKAGE, "README.md")).decode(), f"it should be:\n{table()}")


if __name__ == "__main__":
    main()
