#!/usr/bin/env python3
"""Logins by Kerberos, at a real server in a realm of its own."""

import os
import signal
import socket
import subprocess
import time

from _common import *

REALM = "MAIL.TEST"


class Realm:
    """A key distribution centre on loopback, with users and the service `pop/localhost`."""

    def __init__(self, folder, users):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.keytab = os.path.join(folder, "keytab")
        configuration = os.path.join(folder, "krb5.conf")
        write(configuration, f"""[libdefaults]
 default_realm = {REALM}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {REALM} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {REALM}
""")
        profile = os.path.join(folder, "kdc.conf")
        write(profile, f"""[kdcdefaults]
 kdc_listen = ""
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {REALM} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
 }}
[logging]
 kdc = FILE:{folder}/kdc.log
""")
        self.environment = dict(
            os.environ, KRB5_CONFIG=configuration, KRB5_KDC_PROFILE=profile,
            PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        for user in users:
            self.run("kadmin.local", "-q", f"addprinc -pw pw-{user} {user}")
        self.run("kadmin.local", "-q", "addprinc -randkey pop/localhost")
        self.run("kadmin.local", "-q", f"ktadd -k {self.keytab} pop/localhost")
        os.chmod(self.keytab, 0o644)
        self.process = subprocess.Popen(
            ["krb5kdc", "-n"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the key distribution centre does not answer")

    def run(self, *command, **options):
        done = subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        if done.returncode:
            raise AssertionError(f"{command} failed:\n{done.stdout.decode(errors='replace')}")

    def ticket(self, user, name):
        """An environment with a ticket of the user."""
        environment = dict(self.environment, KRB5CCNAME=f"FILE:{self.folder}/{name}")
        self.run("kinit", "-c", environment["KRB5CCNAME"], user, input=f"pw-{user}\n".encode())
        return environment

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Kerberos(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run(
            ["sh", os.path.join(FIXTURES, "packages.sh"), "kerberos"], check=True, stdout=subprocess.DEVNULL)
        state, folder = os.path.join(cls.folder, "s"), os.path.join(cls.folder, "k")
        os.makedirs(state)
        os.makedirs(folder)
        cls.realm = Realm(folder, ["ann", "bob"])
        cls.addClassCleanup(cls.realm.stop)
        cls.own = Server.start(state, "--users", "2", "--messages", "20", settings=[
            "auth_mechanisms = plain gssapi", f"auth_krb5_keytab = {cls.realm.keytab}",
            "auth_gssapi_hostname = localhost",
            f"import_environment = TZ PATH KRB5_CONFIG={cls.realm.environment['KRB5_CONFIG']}",
        ])
        cls.addClassCleanup(cls.own.stop)
        cls.held = {record["sha256"] for record in cls.own.truth() if record["user"] == "ann"}

    def drain(self, environment, tls="implicit", user="ann", host="localhost"):
        folder = self.fresh_folder()
        port = self.own.env["POP3S_PORT" if tls == "implicit" else "POP3_PORT"]
        manifest = os.path.join(folder, "accounts.toml")
        write(manifest, f"""[archive]
path = "archive"
[job]
retries = 0
[[account]]
host = "{host}"
port = {port}
tls = "{tls}"
ca-file = "{self.own.env["CA_FILE"]}"
user = "{user}"
auth = "gssapi"
""")
        done = subprocess.run(
            [MAILCASK, "drain", manifest, "--quiet"], env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120)
        return done.returncode, done.stdout.decode(errors="replace"), os.path.join(folder, "archive")

    def test_a_ticket_logs_in_and_brings_every_message(self):
        environment = self.realm.ticket("ann", "ann")
        for tls in ("implicit", "stls"):
            with self.subTest(tls=tls):
                status, text, archive = self.drain(environment, tls)
                self.assertEqual(status, DONE, text)
                self.assertEqual({line["id"] for line in json_lines(mailcask("list", archive, "--json").out)}, self.held)

    def test_without_a_ticket_nothing_is_tried_and_the_reason_told(self):
        environment = dict(self.realm.environment, KRB5CCNAME=f"FILE:{self.realm.folder}/none")
        status, text, _ = self.drain(environment)
        self.assertEqual(status, REFUSED, text)
        self.assertIn("GSSAPI", text)
        self.assertIn("klist", text)

    def test_the_ticket_of_somebody_else_is_refused(self):
        status, text, _ = self.drain(self.realm.ticket("bob", "bob"))
        self.assertEqual(status, REFUSED, text)

    def test_a_host_that_the_realm_does_not_know_is_not_talked_to(self):
        status, text, _ = self.drain(self.realm.ticket("ann", "other"), host="127.0.0.1")
        self.assertEqual(status, REFUSED, text)
        self.assertIn("GSSAPI", text)


if __name__ == "__main__":
    main()
