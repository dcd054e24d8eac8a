"""What came of a program that was set on a misbehaving server: what it stored, compared with the truth."""

import dataclasses
import hashlib
import json
import os

# what must not happen; the rest costs time
GRAVE = ("destroyed", "lost", "altered", "duplicated", "hung", "runaway")


@dataclasses.dataclass
class Verdict:
    """Each is a number of messages, but for `hung` and `runaway`, which count runs."""

    # deleted on the server, and not stored intact
    destroyed: int = 0
    # not stored intact, though the program says that all is well
    lost: int = 0
    # stored, but not as the server holds it: cut off, mixed up
    altered: int = 0
    # stored again
    duplicated: int = 0
    # ended by the time limit, ended by the limit of memory or of disk space
    hung: int = 0
    runaway: int = 0
    # not stored intact, and the program says that something went wrong
    told: int = 0
    # transmitted again to the end
    refetched: int = 0

    def text(self):
        """Words for what is not 0; "ok" where all arrived, once, and unchanged."""
        found = [f"{name} {number}" for name, number in dataclasses.asdict(self).items() if number]
        return ", ".join(found) or "ok"


def messages_in(folder):
    """The contents of all messages that were delivered to Maildirs below the folder."""
    for path, _, names in os.walk(folder):
        if os.path.basename(path) in ("new", "cur"):
            for name in names:
                with open(os.path.join(path, name), "rb") as handle:
                    yield handle.read()


def forms(stored, added_fields):
    """The message as stored, and without each run of fields on top of it that the program documents to add."""
    yield stored
    lines = stored.split(b"\n")
    at = 0
    while at < len(lines) and lines[at].split(b":")[0].lower().decode("latin-1") in added_fields:
        at += 1
        while at < len(lines) and lines[at][:1] in (b" ", b"\t"):
            at += 1
        yield b"\n".join(lines[at:])


def is_notice(stored):
    """fetchmail mails its user about trouble; that is no message of the server."""
    return b"\nFrom: FETCHMAIL-DAEMON" in b"\n" + stored[:2000]


def judge(outcome, stored, added_fields, says_well, hung, runaway):
    """`outcome` is what mailcask-bench tells at the end of a scenario, a line for each message."""
    messages = [json.loads(line) for line in outcome]
    places = {}
    for index, message in enumerate(messages):
        # A program that keeps Unix line ends keeps the message all the same.
        places[message["sha256"]] = places[message["unixSHA256"]] = index
    copies = [0] * len(messages)
    verdict = Verdict(hung=hung, runaway=runaway)
    for content in stored:
        digests = (hashlib.sha256(form).hexdigest() for form in forms(content, added_fields))
        found = next((places[digest] for digest in digests if digest in places), None)
        if found is not None:
            copies[found] += 1
        elif not is_notice(content):
            verdict.altered += 1
    for message, count in zip(messages, copies):
        verdict.duplicated += max(0, count - 1)
        verdict.refetched += max(0, message["retrieved"] - 1)
        if count == 0:
            if message["isDeleted"]:
                verdict.destroyed += 1
            elif says_well:
                verdict.lost += 1
            else:
                verdict.told += 1
    return verdict
