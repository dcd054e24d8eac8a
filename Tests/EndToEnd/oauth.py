#!/usr/bin/env python3
"""Tokens of OAuth 2.0, from an issuer on loopback, at a real server that takes them."""

import http.server
import json
import os
import ssl
import stat
import subprocess
import threading
import time
import urllib.parse

from _common import *
from _tokens import dovecot_database, token


class Issuer(http.server.ThreadingHTTPServer):
    """An authorization server: the grants of a refresh token and of a device."""

    def __init__(self, certificate, key):
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.base = f"https://localhost:{self.server_port}"
        self.forget()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def forget(self):
        self.requests, self.pending, self.lifetime, self.rotates = [], 0, 3600, False
        self.refresh_tokens, self.answer, self.bad_tokens = {"first-refresh-token"}, None, 0
        self.secret = None

    def stop(self):
        self.shutdown()
        self.server_close()

    def answered(self, path, form):
        """The status and the answer to a form."""
        self.requests.append((path, form))
        if self.answer:
            return self.answer
        if self.secret and form.get("client_secret") != self.secret:
            return 401, {"error": "invalid_client"}
        if path == "/device":
            return 200, {"device_code": "dev&ice=code", "user_code": "WDJB-MJHT", "expires_in": 60, "interval": 1,
                         "verification_uri": self.base + "/open"}
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:device_code":
            if form.get("device_code") != "dev&ice=code":
                return 400, {"error": "invalid_grant"}
            if self.pending:
                self.pending -= 1
                return 400, {"error": "authorization_pending"}
            self.refresh_tokens.add("device-refresh-token")
            return 200, {**self.grant(), "refresh_token": "device-refresh-token"}
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") not in self.refresh_tokens:
            return 400, {"error": "invalid_grant", "error_description": "the token \x1b[31mwas revoked"}
        grant = self.grant()
        if self.rotates:
            grant["refresh_token"] = f"rotated-{len(self.requests)}"
            self.refresh_tokens = {grant["refresh_token"]}
        return 200, grant

    def grant(self):
        seconds = self.lifetime
        if self.bad_tokens:
            self.bad_tokens -= 1
            seconds = -100
        return {"access_token": token("ann", seconds), "token_type": "Bearer", "expires_in": self.lifetime}

    def grants(self):
        return [form for path, form in self.requests if path == "/token"]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        status, answer = self.server.answered(self.path, form)
        data = json.dumps(answer).encode() if not isinstance(answer, bytes) else answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


class Tokens(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        state = os.path.join(cls.folder, "s")
        cls.own = Server.start(state, "--users", "2", "--messages", "20", settings=[
            "auth_mechanisms = plain oauthbearer xoauth2",
            dovecot_database(state),
        ])
        cls.addClassCleanup(cls.own.stop)
        cls.held = {record["sha256"] for record in cls.own.truth() if record["user"] == "ann"}
        tls = os.path.join(state, "tls")
        cls.issuer = Issuer(os.path.join(tls, "server.pem"), os.path.join(tls, "server.key"))
        cls.addClassCleanup(cls.issuer.stop)

    def setUp(self):
        self.issuer.forget()
        self.home = self.fresh_folder()
        self.manifest = os.path.join(self.home, "accounts.toml")
        self.refresh_file = os.path.join(self.home, "refresh")
        self.write_manifest()

    def write_manifest(self, *lines, token_file=True, ca=True):
        account = [
            '[archive]', 'path = "archive"', '[job]', 'retries = 0', '[[account]]', 'name = "ann"',
            'host = "localhost"', f'port = {self.own.env["POP3S_PORT"]}', f'ca-file = "{self.own.env["CA_FILE"]}"',
            'user = "ann"', 'oauth = "other"', 'oauth-client-id = "our-client"',
            f'oauth-token-url = "{self.issuer.base}/token"', f'oauth-device-url = "{self.issuer.base}/device"',
            'oauth-scope = "mail offline_access"', *lines,
        ]
        if token_file:
            account.append(f'oauth-token-file = "{self.refresh_file}"')
        if ca:
            account.append(f'oauth-ca-file = "{self.own.env["CA_FILE"]}"')
        write(self.manifest, "\n".join(account) + "\n")

    def run_mailcask(self, *arguments, **options):
        environment = dict(os.environ, HOME=self.home)
        environment.pop("XDG_STATE_HOME", None)
        done = subprocess.run(
            [MAILCASK, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
            **options)
        return done.returncode, done.stdout.decode(errors="replace")

    def assert_drains(self):
        status, text = self.run_mailcask("drain", self.manifest, "--quiet")
        self.assertEqual(status, DONE, text)
        listing = json_lines(mailcask("list", os.path.join(self.home, "archive"), "--json").out)
        self.assertEqual({line["id"] for line in listing}, self.held)

    def test_the_device_flow_gets_a_refresh_token_and_drains_log_in_with_it(self):
        self.issuer.pending = 2
        status, text = self.run_mailcask("login", self.manifest, "ann")
        self.assertEqual(status, DONE, text)
        self.assertIn(f"{self.issuer.base}/open", text)
        self.assertIn("WDJB-MJHT", text)
        self.assertNotIn("device-refresh-token", text)
        self.assertEqual(read(self.refresh_file), b"device-refresh-token\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.refresh_file).st_mode), 0o600)
        self.assert_drains()
        form = self.issuer.grants()[-1]
        self.assertEqual(form["scope"], "mail offline_access")
        self.assertEqual(form["client_id"], "our-client")
        self.assertEqual(len(self.issuer.grants()), 4)

    def test_a_refresh_token_may_be_brought_and_is_kept_only_where_it_is_good(self):
        status, text = self.run_mailcask("login", self.manifest, "ann", "--refresh-token", input=b"wrong-one-77\n")
        self.assertEqual(status, REFUSED, text)
        self.assertIn("was revoked", text)
        self.assertNotIn("\x1b", text)
        self.assertNotIn("wrong-one-77", text)
        self.assertFalse(os.path.exists(self.refresh_file))
        status, text = self.run_mailcask("login", self.manifest, "ann", "--refresh-token", input=b"first-refresh-token\n")
        self.assertEqual(status, DONE, text)
        self.assert_drains()

    def test_without_a_file_of_its_own_the_token_lies_in_the_users_folder(self):
        self.write_manifest(token_file=False)
        status, text = self.run_mailcask("login", self.manifest, "ann", "--refresh-token", input=b"first-refresh-token\n")
        self.assertEqual(status, DONE, text)
        path = os.path.join(self.home, ".local/state/mailcask/tokens/ann")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assert_drains()

    def test_a_new_refresh_token_takes_the_place_of_the_old_one(self):
        write(self.refresh_file, "first-refresh-token\n")
        self.issuer.rotates = True
        for _ in range(3):
            self.assert_drains()
        self.assertTrue(read(self.refresh_file).startswith(b"rotated-"))

    def test_a_token_that_the_server_refuses_is_had_anew_once(self):
        write(self.refresh_file, "first-refresh-token\n")
        self.issuer.bad_tokens = 1
        self.assert_drains()
        self.assertEqual(len(self.issuer.grants()), 2)
        self.issuer.bad_tokens = 5
        status, text = self.run_mailcask("drain", self.manifest, "--quiet")
        self.assertEqual(status, REFUSED, text)
        self.assertEqual(len(self.issuer.grants()), 4)

    def test_the_clients_secret_goes_along(self):
        secret = os.path.join(self.home, "secret")
        write(secret, "client secret & more\n")
        os.chmod(secret, 0o600)
        self.write_manifest(f'oauth-client-secret-file = "{secret}"')
        write(self.refresh_file, "first-refresh-token\n")
        self.issuer.secret = "client secret & more"
        self.assert_drains()

    def test_an_issuer_that_fails_fails_the_account_with_words_and_no_token(self):
        status, text = self.run_mailcask("drain", self.manifest, "--quiet")
        self.assertEqual(status, REFUSED, text)
        self.assertIn("mailcask login", text)
        write(self.refresh_file, "first-refresh-token\n")
        for answer, expected, words in [
            ((503, b"busy"), RETRY, "HTTP status 503"), ((200, b"<html>"), REFUSED, "cannot be understood"),
            ((200, {"access_token": "a b", "token_type": "Bearer"}), REFUSED, "characters"),
            ((200, {"access_token": "a", "token_type": "mac"}), REFUSED, "another type"),
            ((200, b"x" * 300_000), RETRY, "cannot be asked"),
            ((302, {"error": "moved"}), REFUSED, "moved"),
        ]:
            with self.subTest(answer=str(answer)[:60]):
                self.issuer.answer = answer
                status, text = self.run_mailcask("drain", self.manifest, "--quiet")
                self.assertEqual(status, expected, text)
                self.assertIn(words, text)
                self.assertNotIn("first-refresh-token", text)

    def test_an_issuer_whose_certificate_is_not_trusted_gets_nothing(self):
        self.write_manifest(ca=False)
        write(self.refresh_file, "first-refresh-token\n")
        status, text = self.run_mailcask("drain", self.manifest, "--quiet")
        self.assertEqual(status, RETRY, text)
        self.assertIn("certificate", text)
        self.assertEqual(self.issuer.requests, [])

    def test_an_account_without_oauth_has_no_login_to_make(self):
        folder = self.fresh_folder()
        manifest = os.path.join(folder, "accounts.toml")
        write(manifest, '[archive]\npath = "a"\n[[account]]\nname = "x"\nhost = "localhost"\nuser = "x"\n'
                        'password-command = "false"\n')
        status, text = self.run_mailcask("login", manifest, "x")
        self.assertEqual(status, REFUSED, text)
        status, text = self.run_mailcask("login", manifest, "nobody")
        self.assertEqual(status, NOT_FOUND, text)


if __name__ == "__main__":
    main()
