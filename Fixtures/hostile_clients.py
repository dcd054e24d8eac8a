"""The mail programs that hostile.py sets on a misbehaving server, each set up as its users would.

All are told to give up after the same silence of the server, to trust the server's authority, and to know from their
last run what they already have. What a program documents that it adds on top of a message is named here.
"""

import os
import subprocess

SILENCE_SECONDS = 10


class Client:
    """One program with its settings and its mail in a folder of its own."""

    name = ""
    # header fields that the program puts on top of what it stores
    added_fields = ()
    # an error that the server has no part in: the game is played again
    accident = None

    def __init__(self, folder, server, deletes):
        self.folder = folder
        self.server = server
        self.deletes = deletes
        self.maildir = os.path.join(folder, "Maildir")
        self.prepare()

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_maildir(self):
        for name in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.maildir, name))

    def write_settings(self, name, text):
        with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as out:
            out.write(text)

    def prepare(self):
        """Writes the settings."""
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def succeeded(self, status, errors):
        """Whether the program says that all is well."""
        return status == 0

    def collect(self):
        """Leaves the stored messages in the Maildir."""


class Mailcask(Client):
    name = "mailcask"
    program = "mailcask"

    def prepare(self):
        tls = f'tls = "implicit"\nca-file = "{self.server.ca_file}"'
        delete = "archived" if self.deletes else "never"
        clear = 'tls = "none"\nallow-cleartext = true'
        waits = "".join(f'{key}-timeout = "{SILENCE_SECONDS} s"\n' for key in ("connect", "reply", "login", "stall"))
        self.write_settings("accounts.toml", (
            f'archive.path = "archive"\n[[account]]\nname = "user"\nhost = "localhost"\nport = {self.server.port}\n'
            f'user = "{self.server.user}"\npassword = "{self.server.password}"\ndelete = "{delete}"\n'
            f"{tls if self.server.ca_file else clear}\n{waits}"))

    def command(self):
        return [self.program, "drain", "accounts.toml"]

    def collect(self):
        subprocess.run(
            [self.program, "export", self.path("archive"), "--format", "maildir", self.maildir],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


class Mpop(Client):
    name = "mpop"
    added_fields = ("received",)

    def prepare(self):
        self.make_maildir()
        tls = f"tls on\ntls_starttls off\ntls_trust_file {self.server.ca_file}"
        self.write_settings("mpoprc", (
            f"account default\nhost localhost\nport {self.server.port}\n"
            f"{tls if self.server.ca_file else 'tls off'}\nauth user\n"
            f"user {self.server.user}\npassword {self.server.password}\ntimeout {SILENCE_SECONDS}\n"
            f"delivery maildir {self.maildir}\nuidls_file {self.path('uidls')}\n"
            f"keep {'off' if self.deletes else 'on'}\n"))

    def command(self):
        return ["mpop", "-q", "-C", self.path("mpoprc")]


class Fetchmail(Client):
    name = "fetchmail"
    added_fields = ("received",)

    def prepare(self):
        self.make_maildir()
        # fetchmail hands messages to a delivery agent; this one writes a Maildir and fails as soon as anything fails.
        agent = self.path("deliver")
        self.write_settings("deliver", (
            f"#!/bin/sh\nset -eu\ncd {self.maildir}\nname=$(date +%s.%N).$$\n"
            "cat > tmp/$name\nmv tmp/$name new/$name\n"))
        os.chmod(agent, 0o700)
        tls = f'ssl sslcertck sslcertfile "{self.server.ca_file}"'
        # without a protocol fetchmail 6.4 insists on STLS
        clear = "sslproto ''"
        self.write_settings("fetchmailrc", (
            f'set pidfile "{self.path("pid")}"\nset idfile "{self.path("ids")}"\n'
            f"poll localhost protocol pop3 port {self.server.port} timeout {SILENCE_SECONDS}"
            f"{'' if self.deletes else ' uidl'}\n"
            f'user "{self.server.user}" password "{self.server.password}" {tls if self.server.ca_file else clear}\n'
            f'{"no keep" if self.deletes else "keep"} mda "{agent}"\n'))

    def command(self):
        return ["fetchmail", "--silent", "--nosyslog", "-f", self.path("fetchmailrc")]

    def succeeded(self, status, errors):
        # 1: there was no mail. It skips a message that it cannot get with a line of complaint, and ends with 0.
        return status in (0, 1) and not errors.strip()


class Getmail(Client):
    name = "getmail6"
    added_fields = ("return-path", "delivered-to", "received")
    # it loses a race with its own delivery process now and then
    accident = "waiting child pid"

    def prepare(self):
        self.make_maildir()
        kind = "SimplePOP3SSLRetriever" if self.server.ca_file else "SimplePOP3Retriever"
        trust = f"ca_certs = {self.server.ca_file}\n" if self.server.ca_file else ""
        self.write_settings("getmailrc", (
            f"[retriever]\ntype = {kind}\nserver = localhost\nport = {self.server.port}\n"
            f"username = {self.server.user}\npassword = {self.server.password}\n"
            f"timeout = {SILENCE_SECONDS}\n{trust}"
            f"[destination]\ntype = Maildir\npath = {self.maildir}/\n"
            f"[options]\nverbose = 0\n{'delete = true' if self.deletes else 'read_all = false'}\n"))

    def command(self):
        return ["getmail", "--getmaildir", self.folder, "--rcfile", "getmailrc"]


CLIENTS = (Mailcask, Mpop, Fetchmail, Getmail)


def versions(names):
    """What stands in the table's title."""
    commands = {
        "mailcask": [Mailcask.program, "--version"], "mpop": ["mpop", "--version"], "fetchmail": ["fetchmail", "-V"],
        "getmail6": ["getmail", "--version"],
    }
    found = []
    for name in names:
        # fetchmail tells its version and then complains that it has nothing to do
        said = subprocess.run(commands[name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        words = said.decode(errors="replace").split("\n")[0].split()
        number = next((word.split("+")[0] for word in words if word[:1].isdigit()), "")
        found.append(f"{name} {number}".strip())
    return found
