#!/usr/bin/env python3
"""From mpop, getmail6 and fetchmail to mailcask: the real programs fetch, and mailcask takes over what they have."""

import os
import stat

from _common import *

MESSAGES = 200


class Importing(EndToEndTest):
    """A Dovecot of everyday and odd mail, drained by the other program first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run(["sh", os.path.join(FIXTURES, "packages.sh"), "peers"], check=True, stdout=subprocess.DEVNULL)
        cls.own = cls.own_server("--users", "2", "--messages", str(MESSAGES), name="s")
        cls.ca, cls.port = cls.own.env["CA_FILE"], cls.own.env["POP3S_PORT"]
        cls.truth_of = held_by_account(cls.own.truth())

    def tool(self, *command, may_fail=False):
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.work)
        if not may_fail:
            self.assertEqual(done.returncode, 0, done.stdout.decode(errors="replace")[-2000:])

    def setUp(self):
        self.work = self.fresh_folder()

    def path(self, *names):
        return os.path.join(self.work, *names)

    def config(self, name, text):
        write(self.path(name), text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def maildir(self, name):
        """One that getmail and Dovecot's user may write to, as getmail does not deliver as root."""
        for folder in ("cur", "new", "tmp"):
            os.makedirs(self.path(name, folder))
        if os.geteuid() == 0:
            for folder in ("", "cur", "new", "tmp"):
                shutil.chown(self.path(name, folder), "mail", "mail")
        return self.path(name)

    def imported(self, tool, config, *options):
        result = mailcask(
            "import", tool, config, "--manifest", self.path("new.toml"), "--archive", self.path("archive"), *options)
        self.assertEqual(result.status, DONE, result.text)
        for name in os.listdir(self.work):
            if name.startswith("new.toml"):
                self.assertEqual(stat.S_IMODE(os.stat(self.path(name)).st_mode), 0o600, name)
        return result

    def drained_twice(self, accounts):
        """Checks and drains.  Returns how many bodies the first drain fetched."""
        manifest, archive = self.path("new.toml"), self.path("archive")
        check = mailcask("check", manifest)
        self.assertEqual(check.status, DONE, check.text)
        mark = self.own.mark()
        self.drained(manifest, "--quiet")
        fetched, _ = self.own.retrieved(mark)
        for name, user in accounts.items():
            lines = json_lines(mailcask("list", archive, "--account", name, "--json").out)
            self.assertLessEqual(self.truth_of[user], {line["id"] for line in lines}, name)
        mark = self.own.mark()
        self.drained(manifest, "--quiet")
        self.assertEqual(self.own.retrieved(mark)[0], 0)
        self.assert_verified(archive)
        before = mailcask("status", archive, "--json").json
        self.assertEqual(mailcask("reindex", archive).status, DONE)
        after = mailcask("status", archive, "--json").json
        for line in before + after:
            line.pop("lastRunStarted", None)
        self.assertEqual(after, before)
        mark = self.own.mark()
        self.drained(manifest, "--quiet")
        self.assertEqual(self.own.retrieved(mark)[0], 0, "after a reindex")
        print(f"  {self._testMethodName}: {fetched} of {len(accounts) * MESSAGES} bodies were fetched again")
        return fetched

    def mpoprc(self, delivery, port=None):
        accounts = "".join(
            f"account {user}\nuser {user}\npassword pw-{user}\ndelivery {delivery.format(user=user)}\n"
            for user in ("ann", "bob"))
        return self.config(
            "mpoprc",
            f"defaults\nhost localhost\nport {port or self.port}\ntls on\ntls_starttls off\ntls_trust_file {self.ca}\n"
            f"keep on\nuidls_file {self.work}/%U_at_%H\n{accounts}")

    def test_what_mpop_delivered_into_maildirs_is_not_fetched_again(self):
        config = self.mpoprc(f"maildir {self.work}/{{user}}")
        for user in ("ann", "bob"):
            self.maildir(user)
        self.tool("mpop", "-q", "-C", config, "-a")
        result = self.imported("mpop", config)
        for user in ("ann", "bob"):
            self.assertIn(f"{user}: mpop has fetched {MESSAGES} messages by {self.work}/{user}_at_localhost", result.text)
        lines = mailcask("status", self.path("archive"), "--json").json
        self.assertEqual({line["host"] for line in lines}, {"imported from mpop"})
        # Of what mpop delivered, every message is the one that the server sent.
        for user in ("ann", "bob"):
            listed = json_lines(mailcask("list", self.path("archive"), "--account", user, "--json").out)
            self.assertEqual({line["id"] for line in listed}, self.truth_of[user])
        fetched = self.drained_twice({"ann": "ann", "bob": "bob"})
        self.assertLess(fetched, MESSAGES // 4)
        self.assert_archive_holds(self.path("archive"), self.own.truth())

    def test_what_mpop_delivered_into_mboxes_is_not_fetched_again(self):
        config = self.mpoprc(f"mbox {self.work}/{{user}}.mbox")
        self.tool("mpop", "-q", "-C", config, "-a")
        self.imported("mpop", config)
        self.assertLess(self.drained_twice({"ann": "ann", "bob": "bob"}), MESSAGES // 4)
        self.assert_archive_holds(self.path("archive"), self.own.truth())

    def test_of_what_getmail_delivered_only_what_it_changed_is_fetched_again(self):
        mail = self.maildir("mail")
        user = "user = mail\n" if os.geteuid() == 0 else ""
        config = self.config(
            "getmailrc",
            f"[retriever]\ntype = SimplePOP3SSLRetriever\nserver = localhost\nport = {self.port}\nusername = ann\n"
            f"password_command = (\"echo\", 'pw-ann')\nca_certs = {self.ca}\n"
            f"[destination]\ntype = Maildir\npath = {mail}/\n{user}[options]\ndelete = false\nread_all = false\n")
        # It fails at some of the odd mail, and says so.
        self.tool("getmail", f"--getmaildir={self.work}", "--rcfile=getmailrc", "-q", may_fail=True)
        count = len(os.listdir(os.path.join(mail, "new")))
        self.assertGreater(count, MESSAGES * 3 // 4)
        result = self.imported("getmail", config)
        self.assertIn(f"getmail has fetched {count} messages by", result.text)
        self.assertIn(f"{count} messages are taken over", result.text)
        self.assertLess(self.drained_twice({"ann@localhost": "ann"}), MESSAGES // 4)

    def test_of_what_fetchmail_delivered_only_what_it_changed_is_fetched_again(self):
        mail = self.maildir("mail")
        deliver = self.config("deliver.sh", f"#!/bin/sh\nexec cat > {mail}/new/$$.$(date +%N)\n")
        os.chmod(deliver, 0o700)
        config = self.config(
            "fetchmailrc",
            f"set idfile \"{self.work}/fetchids\"\npoll pops via localhost proto pop3 service {self.port} uidl\n"
            f"  user \"ann\" there with password \"pw-ann\" is root here\n"
            f"  ssl sslcertck sslcertfile \"{self.ca}\" keep mda \"{deliver}\"\n")
        self.tool("fetchmail", "-f", config, "--nosyslog", "--nodetach", "-s", may_fail=True)
        count = len(os.listdir(os.path.join(mail, "new")))
        self.assertGreater(count, MESSAGES * 3 // 4)
        result = self.imported("fetchmail", config, "--mail", mail)
        self.assertIn("fetchmailrc:4: note: mda has no counterpart", result.text)
        self.assertRegex(result.text, r"fetchmail has fetched \d+ messages by")
        self.assertLess(self.drained_twice({"ann@localhost": "ann"}), MESSAGES // 4)

    def test_a_second_import_takes_what_came_since_and_none_behind_a_drain(self):
        config = self.mpoprc(f"mbox {self.work}/{{user}}.mbox")
        self.tool("mpop", "-q", "-C", config, "ann")
        self.imported("mpop", config)
        self.tool("mpop", "-q", "-C", config, "bob")
        again = mailcask("import", "mpop", config, "--archive", self.path("archive"))
        self.assertEqual(again.status, DONE, again.text)
        self.assertRegex(again.text, f"ann: 0 messages are taken over, {MESSAGES} are there already")
        self.assertRegex(again.text, r"bob: [1-9]\d* messages are taken over")
        self.drained_twice({"ann": "ann", "bob": "bob"})
        late = mailcask("import", "mpop", config, "--archive", self.path("archive"))
        self.assertIn("ann: mailcask has drained it already, and nothing is taken over", late.text)

    def test_a_drain_that_deletes_first_fetches_what_it_knows_by_headers_alone(self):
        own = self.own_server("--users", "2", "--messages", "50", name="d")
        config = self.mpoprc(f"mbox {self.work}/{{user}}.mbox", own.env["POP3S_PORT"])
        config_text = read(config).replace(self.ca.encode(), own.env["CA_FILE"].encode())
        write(config, config_text)
        self.tool("mpop", "-q", "-C", config, "-a")
        self.imported("mpop", config)
        manifest = self.path("new.toml")
        write(manifest, read(manifest).replace(b'delete = "never"', b'delete = "archived"'))
        for _ in range(2):
            self.drained(manifest, "--quiet")
        mark = own.mark()
        lines = mailcask("check", manifest, "--json").json
        self.assertEqual([line["messages"] for line in lines], [0, 0])
        self.assertEqual(own.retrieved(mark)[0], 0)
        self.assert_archive_holds(self.path("archive"), own.truth())

    def test_nothing_is_overwritten_and_no_password_is_told(self):
        config = self.mpoprc(f"mbox {self.work}/all.mbox")
        write(self.path("all.mbox"), b"From x Mon Jan  1 00:00:00 2024\nSubject: own\n\ntext\n")
        shown = mailcask("import", "mpop", config)
        self.assertEqual(shown.status, DONE)
        self.assertIn("# the password stands near line", shown.out.decode())
        result = self.imported("mpop", config)
        self.assertIn("is not taken over, as it has the mail of several accounts", result.text)
        again = mailcask("import", "mpop", config, "--manifest", self.path("new.toml"))
        self.assertEqual(again.status, USAGE)
        self.assertIn("is there already, and is not overwritten", again.text)
        own = mailcask(
            "import", "mpop", config, "--archive", self.path("other"), "--mail", f"ann={self.path('all.mbox')}")
        self.assertIn("ann: 0 messages are taken over, 1 bear no sign of mpop and are not", own.text)

    def test_a_mistake_ends_it_with_the_line_and_writes_nothing(self):
        config = self.config("mpoprc", "account a\nhost localhost\nuser ann\npasword pw-ann\n")
        result = mailcask("import", "mpop", config, "--manifest", self.path("new.toml"))
        self.assertEqual(result.status, BAD_MANIFEST)
        self.assertIn("mpoprc:4: error: mpop has no command of this name", result.text)
        self.assertEqual(os.listdir(self.work), ["mpoprc"])
        missing = mailcask("import", "fetchmail", env={"HOME": self.work})
        self.assertEqual(missing.status, NOT_FOUND)
        self.assertIn(f"there is no {self.work}/.fetchmailrc", missing.text)


if __name__ == "__main__":
    main()
