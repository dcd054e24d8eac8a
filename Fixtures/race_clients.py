"""The programs of the race, each set up for its fastest honest work: all mail stored, certificates verified, nothing
deleted, and what was fetched remembered, where the program can.

A program that knows only one account at a time is run by xargs, a process for each.
"""

import os
import subprocess

import compare_mail


class Program:
    """One program with its settings and what it stores in a folder of its own."""

    name = ""
    # whether it is run for each account by itself
    is_run_by_account = True
    # whether a second run knows what the first one brought
    remembers = True
    # whether it waits for each message, so that it is run in fewer rounds
    is_slow = False
    # what it may do to a message: put these header fields on top, take these out, keep identical ones of a user once
    added_fields = ()
    removed_fields = ()
    keeps_once = False
    # what is weighed
    stored = "mail"

    def __init__(self, folder, server, users, parallel):
        """`server` has a port and a ca_file."""
        self.folder, self.server, self.users, self.parallel = folder, server, users, parallel
        self.write("users", "".join(f"{user}\n" for user in users))
        self.prepare()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text, mode=0o600):
        with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT, mode), "w", encoding="utf-8") as out:
            out.write(text)

    def make_maildirs(self):
        for user in self.users:
            for name in ("cur", "new", "tmp"):
                os.makedirs(self.path(self.stored, user, name))

    def by_account(self, *command):
        """`{}` stands for the account."""
        return [
            "xargs", "-a", self.path("users"), "-P", str(self.parallel), "--process-slot-var=SLOT", "-I{}", *command]

    def prepare(self):
        """Writes the settings."""
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def succeeded(self, usage):
        return usage.status == 0

    def copies(self):
        """Yields (user, message) for all that is stored."""
        for user in self.users:
            for path in compare_mail.maildir_files(self.path(self.stored, user)):
                yield user, compare_mail.read(path)


class Mailcask(Program):
    name = "mailcask"
    is_run_by_account = False
    keeps_once = True
    stored = "archive"
    program = "mailcask"
    compression = "balanced"

    def prepare(self):
        accounts = "".join(
            f'[[account]]\nname = "{user}"\nuser = "{user}"\npassword = "pw-{user}"\n' for user in self.users)
        self.write("accounts.toml", (
            f'[archive]\npath = "archive"\ncompression = "{self.compression}"\n'
            f"[job]\nparallel = {self.parallel}\nparallel-per-host = {self.parallel}\n"
            f'[defaults]\nhost = "localhost"\nport = {self.server.port}\ntls = "implicit"\n'
            f'ca-file = "{self.server.ca_file}"\n{accounts}'))

    def command(self):
        return [self.program, "drain", self.path("accounts.toml")]

    def copies(self):
        subprocess.run(
            [self.program, "export", self.path("archive"), "--format", "maildir", self.path("export")],
            stdout=subprocess.DEVNULL, check=True)
        for user in os.listdir(self.path("export")):
            for path in compare_mail.maildir_files(self.path("export", user)):
                yield user, compare_mail.read(path)


class MailcaskFast(Mailcask):
    name = "mailcask-fast"
    compression = "fast"


class MailcaskSmall(Mailcask):
    name = "mailcask-small"
    compression = "small"


class Mpop(Program):
    """Into Maildirs, the accounts in one file of settings."""

    name = "mpop"

    def prepare(self):
        self.make_maildirs()
        os.makedirs(self.path("uidls"))
        accounts = "".join(
            f"account {user}\nuser {user}\npasswordeval printf %s pw-{user}\n"
            f"delivery maildir {self.path(self.stored, user)}\nuidls_file {self.path('uidls', user)}\n"
            for user in self.users)
        self.write("mpoprc", (
            f"defaults\nhost localhost\nport {self.server.port}\ntls on\ntls_starttls off\n"
            f"tls_trust_file {self.server.ca_file}\nreceived_header off\nkeep on\n{accounts}"))

    def command(self):
        return self.by_account("mpop", "-q", "-C", self.path("mpoprc"), "{}")


class Fetchmail(Program):
    """Into a file of batched SMTP for each account, which costs half of what a delivery agent for each message does."""

    name = "fetchmail"
    is_slow = True
    removed_fields = ("return-path",)

    def prepare(self):
        os.makedirs(self.path(self.stored))
        for user in self.users:
            os.makedirs(self.path("settings", user))
            # `fetchsizelimit 0` asks for all sizes at once, and `invisible` adds no field.
            self.write(f"settings/{user}/rc", (
                f'set pidfile "{self.path("settings", user, "pid")}"\n'
                f'set idfile "{self.path("settings", user, "ids")}"\n'
                f"set no bouncemail\nset invisible\npoll localhost protocol pop3 port {self.server.port} uidl\n"
                f'user "{user}" password "pw-{user}" ssl sslcertck sslcertfile "{self.server.ca_file}"\n'
                f'keep no rewrite fetchsizelimit 0 bsmtp "{self.path(self.stored, user)}"\n'))

    def command(self):
        return self.by_account("fetchmail", "--silent", "--nosyslog", "-f", self.path("settings", "{}", "rc"))

    def succeeded(self, usage):
        # It ends with 1 where there was no mail, which xargs tells as 123; of trouble it complains.
        return usage.status in (0, 123) and not usage.errors.strip()

    def copies(self):
        for user in self.users:
            if os.path.exists(self.path(self.stored, user)):
                for message in batched_messages(compare_mail.read(self.path(self.stored, user))):
                    yield user, message


def batched_messages(batch):
    """The messages of a file of batched SMTP, unstuffed."""
    lines = None
    for line in batch.split(b"\n"):
        if lines is None:
            lines = [] if line.rstrip(b"\r") == b"DATA" else None
        elif line.rstrip(b"\r") == b".":
            yield b"".join(lines)
            lines = None
        else:
            lines.append(line.removeprefix(b".") + b"\n")


class Getmail(Program):
    """Into Maildirs. It loses a race with the process that it starts for each message if that runs on another core."""

    name = "getmail6"
    is_slow = True
    added_fields = ("return-path",)

    def prepare(self):
        self.make_maildirs()
        for user in self.users:
            os.makedirs(self.path("settings", user))
            # A lost race costs it the time-out.
            self.write(f"settings/{user}/rc", (
                f"[retriever]\ntype = SimplePOP3SSLRetriever\nserver = localhost\nport = {self.server.port}\n"
                f"username = {user}\npassword = pw-{user}\nca_certs = {self.server.ca_file}\ntimeout = 20\n"
                f"[destination]\ntype = Maildir\npath = {self.path(self.stored, user)}/\n"
                "[options]\nverbose = 0\nread_all = false\ndelivered_to = false\nreceived = false\n"))
        cores = sorted(os.sched_getaffinity(0))
        self.write("fetch", (
            "#!/bin/sh\nset -eu\n"
            f'settings="{self.path("settings")}/$1"\n'
            f"set -- {' '.join(map(str, cores))}\nshift $((SLOT % {len(cores)}))\n"
            'exec taskset -c "$1" getmail --getmaildir "$settings" --rcfile rc\n'), 0o700)

    def command(self):
        return self.by_account(self.path("fetch"), "{}")


class Curl(Program):
    """The scan listing by one process, all messages of it over one connection by another, each into a file."""

    name = "curl"
    is_slow = True
    remembers = False

    def prepare(self):
        for user in self.users:
            os.makedirs(self.path(self.stored, user))
            os.makedirs(self.path("settings"), exist_ok=True)
            self.write(f"settings/{user}", (
                f'user = "{user}:pw-{user}"\ncacert = "{self.server.ca_file}"\nsilent\nshow-error\n'))
        self.write("fetch", (
            "#!/bin/sh\nset -eu\n"
            f"server=pop3s://localhost:{self.server.port}\n"
            f'listing=$(curl -K "{self.path("settings")}/$1" "$server/")\n'
            # of an empty maildrop it makes an empty line
            'count=$(echo "$listing" | grep -c "^[0-9]") || exit 0\n'
            f'exec curl -K "{self.path("settings")}/$1" "$server/[1-$count]" -o "{self.path(self.stored)}/$1/#1"\n'),
            0o700)

    def command(self):
        return self.by_account(self.path("fetch"), "{}")

    def copies(self):
        for user in self.users:
            for name in os.listdir(self.path(self.stored, user)):
                yield user, compare_mail.read(self.path(self.stored, user, name))


PROGRAMS = (Mailcask, MailcaskFast, MailcaskSmall, Mpop, Fetchmail, Getmail, Curl)


class Keeper:
    """A program that is run on mpop's Maildirs, right after mpop."""

    def __init__(self, name, title, make, command):
        self.name, self.title = name, title
        # shell commands: what is done before, not measured, and what is measured; both in the run's folder
        self.make, self.command = make, command
        self.stored = "kept"


def restic(compression):
    return Keeper(
        "restic-max" if compression == "max" else "restic", f"mpop, then restic, compression {compression}",
        "restic -q --no-cache -r kept init",
        f"exec restic -q --no-cache --compression {compression} -r kept backup mail")


def borg(name, compression):
    return Keeper(
        name, f"mpop, then borg, compression {compression}", "borg init -e none kept",
        f"exec borg create --compression {compression} kept::all mail")


KEEPERS = (
    Keeper("pigz", "mpop, then tar and pigz", "mkdir kept", "tar -cf - mail | pigz > kept/mail.tar.gz"),
    restic("auto"), restic("max"), borg("borg", "lz4"), borg("borg-zstd", "zstd,9"), borg("borg-lzma", "lzma,9"),
)

NAMES = [one.name for one in (*PROGRAMS, *KEEPERS)]
DEFAULT_NAMES = [name for name in NAMES if name not in ("mailcask-fast", "mailcask-small", "borg-lzma")]

KEEPER_ENVIRONMENT = {
    "RESTIC_PASSWORD": "race", "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}


def versions(names):
    """Names with version numbers, of each program once."""
    commands = {
        "mailcask": [Mailcask.program, "--version"], "mpop": ["mpop", "--version"], "fetchmail": ["fetchmail", "-V"],
        "getmail6": ["getmail", "--version"], "curl": ["curl", "--version"], "pigz": ["pigz", "--version"],
        "restic": ["restic", "version"], "borg": ["borg", "--version"],
    }
    found = []
    for name in dict.fromkeys(name.split("-")[0] for name in names):
        # fetchmail tells its version and then complains that it has nothing to do
        said = subprocess.run(commands[name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        lines = [line for line in said.decode(errors="replace").splitlines() if "warning" not in line.lower()]
        words = lines[0].split() if lines else []
        number = next((word.split("+")[0] for word in words if word[:1].isdigit()), "")
        found.append(f"{name} {number}".strip())
    return found
