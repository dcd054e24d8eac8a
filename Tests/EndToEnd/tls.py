#!/usr/bin/env python3
"""TLS of each account: what check tells of certificates, and that what it tells can be pasted."""

import hashlib
import os
import re
import ssl
import subprocess

from _common import *


class TLS(EndToEndTest):
    """Against the shared server, which has ports with an expired certificate and with one for another name."""

    def manifest(self, **keys):
        return write_manifest(self.fresh_folder(), self.server, accounts=account_text("bob", **keys))

    def check(self, status, *flags, **keys):
        result = mailcask("check", self.manifest(**keys), *flags)
        self.assertEqual(result.status, status, result.text)
        return result

    def pin(self, port):
        """The pin of the certificate that a port shows, as openssl computes it."""
        pem = ssl.get_server_certificate(("localhost", port))
        commands = "openssl x509 -pubkey -noout | openssl pkey -pubin -outform der"
        key = subprocess.run(["sh", "-c", commands], input=pem.encode(), stdout=subprocess.PIPE, check=True)
        return "sha256:" + hashlib.sha256(key.stdout).hexdigest()

    def port(self, name):
        return int(self.server.env[name])

    def test_check_shows_certificate_issuer_expiry_pin_and_settings(self):
        pin = self.pin(self.port("POP3S_PORT"))
        text = self.check(DONE).out.decode()
        self.assertRegex(text, rf"""
bob: TLSv1\.3 TLS_\w+
  certificate  CN = localhost
  for          localhost, 127\.0\.0\.1, ::1
  issued by    CN = mailcask fixture CA
  expires      20\d\d-\d\d-\d\d, in 3\d\d days
  pin          {pin}
  settings     tls = "implicit"
               tls-min = "1\.3"
""")
        line = self.check(DONE, "--json", tls="stls", port=self.port("POP3_PORT")).json[0]
        self.assertEqual(line["tls"]["security"], line["security"])
        leaf = line["tls"]["chain"][0]
        self.assertEqual((leaf["subject"], leaf["issuer"]), ("CN = localhost", "CN = mailcask fixture CA"))
        self.assertEqual(leaf["pin"], pin)
        self.assertGreater(leaf["daysLeft"], 300)
        self.assertEqual(line["tls"]["settings"], ['tls = "stls"', 'tls-min = "1.3"'])

    def test_accounts_that_see_the_same_share_a_block(self):
        users = self.server.users()[:5]
        text = mailcask("check", write_manifest(self.fresh_folder(), self.server, users)).out.decode()
        self.assertIn(f"\n\n{', '.join(users[:3])} and 2 more: TLSv1.3 ", text)
        self.assertEqual(text.count("  certificate  "), 1)

    def test_a_refused_certificate_is_shown_and_its_settings_let_the_server_in(self):
        port = self.port("EXPIRED_PORT")
        text = self.check(REFUSED, port=port).out.decode()
        self.assertIn("\nbob: the certificate was refused\n  certificate  CN = localhost\n", text)
        self.assertRegex(text, r"\n  expires      2020-02-01: it has expired\n")
        self.assertRegex(text, r"\nbob: localhost:\d+: the certificate of CN = localhost expired on Feb  1 ")
        settings = re.search(r'\n  settings     tls-pin = "([^"]+)"  # once the server\'s operator confirms it\n', text)
        self.assertEqual(settings.group(1), self.pin(port))
        line = self.check(REFUSED, "--json", port=port).json[0]
        self.assertNotIn("security", line)
        self.assertLess(line["tls"]["chain"][0]["daysLeft"], 0)
        self.assertIn("expired", line["error"])
        self.check(DONE, port=port, tls_pin=settings.group(1))

    def test_a_drain_takes_the_pinned_key_and_no_other(self):
        pin = self.pin(self.port("EXPIRED_PORT"))
        self.drained(self.manifest(port=self.port("EXPIRED_PORT"), tls_pin=pin))
        refused = self.drained(self.manifest(tls_pin=pin), status=REFUSED)
        self.assertIn(self.pin(self.port("POP3S_PORT")), refused.text)

    def test_another_name_can_be_asked_for(self):
        port = self.port("WRONGNAME_PORT")
        text = self.check(REFUSED, port=port).text
        self.assertIn('\n  settings     tls-server-name = "mail.elsewhere.example"  # if that is', text)
        self.check(DONE, port=port, tls_server_name="mail.elsewhere.example")

    def test_a_revocation_list_is_obeyed(self):
        authority, folder = os.path.dirname(self.server.env["CA_FILE"]), self.fresh_folder()
        for name in ("ca.cnf", "ca.pem", "ca.key", "index.txt", "server.pem"):
            shutil.copy(os.path.join(authority, name), folder)

        def openssl(*arguments):
            subprocess.run(["openssl", "ca", "-config", "ca.cnf", *arguments], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        clean, revoking = os.path.join(folder, "clean.pem"), os.path.join(folder, "revoking.pem")
        openssl("-gencrl", "-crldays", "1", "-out", clean)
        openssl("-revoke", "server.pem")
        openssl("-gencrl", "-crldays", "1", "-out", revoking)
        self.check(DONE, crl_file=clean)
        text = self.check(REFUSED, crl_file=revoking).text
        self.assertIn("was revoked by its issuer, CN = mailcask fixture CA", text)

    def test_weak_settings_are_named_by_every_run(self):
        manifest = self.manifest(tls_min="1.0", tls_security_level=0)
        for flags in ([], ["--quiet"], ["--json"]):
            text = self.drained(manifest, *flags).text
            self.assertIn("bob: `tls-min` allows TLS 1.0 and 1.1", text)
            self.assertIn("bob: `tls-security-level = 0` allows", text)
        self.assertIn("  weaker       `tls-min` allows", self.check(DONE, tls_min="1.1", tls_security_level=0).text)
        refused = self.check(BAD_MANIFEST, tls_min="1.0")
        self.assertIn("add tls-security-level = 0", refused.text)


class ClientCertificates(EndToEndTest):
    """A Dovecot of its own, beside the shared one, that knows its users by their certificates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificates()
        state = os.path.dirname(cls.server.env_path)
        with open(os.path.join(state, "main", "dovecot.conf"), encoding="utf-8") as lines:
            text = lines.read().replace(f"{state}/main", cls.folder)
        text = text.replace("instance_name = main", "instance_name = own")
        cls.port, *others = free_ports(3)
        for name, port in zip(("POP3S_PORT", "POP3_PORT", "IMAP_PORT"), (cls.port, *others)):
            text = text.replace(f"port = {cls.server.env[name]}", f"port = {port}")
        cls.config = os.path.join(cls.folder, "dovecot.conf")
        write(cls.config, text.replace("auth_mechanisms = plain login", "auth_mechanisms = plain external") + f"""
ssl_ca = <{cls.folder}/ca.pem
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_require_client_cert = yes
auth_ssl_username_from_cert = yes
passdb {{
  driver = static
  args = nopassword=y
  mechanisms = external
}}
""")
        subprocess.run(["dovecot", "-c", cls.config], check=True)
        cls.addClassCleanup(subprocess.run, ["doveadm", "-c", cls.config, "stop"], check=True)

    @classmethod
    def certificates(cls):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=cls.folder, check=True, stderr=subprocess.DEVNULL)

        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl(*new, "-x509", "-subj", "/CN=users", "-keyout", "ca.key", "-out", "ca.pem")
        openssl(*new, "-subj", "/CN=bob", "-keyout", "bob.key", "-out", "bob.csr")
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
        openssl("x509", "-req", "-in", "bob.csr", *signing, "-out", "bob.pem")
        write(os.path.join(cls.folder, "password"), "open me\n")
        openssl(
            "pkcs12", "-export", "-in", "bob.pem", "-inkey", "bob.key", "-passout", "file:password", "-out", "bob.p12")
        for name in ("bob.key", "bob.p12", "password"):
            os.chmod(os.path.join(cls.folder, name), 0o600)

    def manifest(self, **keys):
        for key, value in keys.items():
            if key.startswith("tls_client"):
                keys[key] = os.path.join(self.folder, value)
        return write_manifest(self.fresh_folder(), self.server, accounts=account_text("bob", port=self.port, **keys))

    def test_a_certificate_in_PEM_opens_a_server_that_wants_one_and_a_password(self):
        self.drained(self.manifest(tls_client_cert="bob.pem", tls_client_key="bob.key"))

    def test_EXTERNAL_logs_in_by_a_PKCS12_certificate_without_a_password(self):
        keys = {"tls_client_p12": "bob.p12", "tls_client_password_file": "password"}
        self.drained(self.manifest(auth="external", password=None, **keys))

    def test_without_a_certificate_there_is_no_login(self):
        self.drained(self.manifest(), status=REFUSED)

    def test_a_key_that_others_may_read_is_an_error_of_the_manifest(self):
        shutil.copy(os.path.join(self.folder, "bob.key"), os.path.join(self.folder, "open.key"))
        os.chmod(os.path.join(self.folder, "open.key"), 0o644)
        refused = self.drained(
            self.manifest(tls_client_cert="bob.pem", tls_client_key="open.key"), status=BAD_MANIFEST)
        self.assertRegex(refused.text, r"others than its owner have access to .*/open.key, the file of tls-client-key")
        self.assertIn("chmod 600", refused.text)


def free_ports(count):
    """Ports of the loopback interface that nobody listens on now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


if __name__ == "__main__":
    main()
