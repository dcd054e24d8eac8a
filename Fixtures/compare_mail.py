#!/usr/bin/env python3
"""Compares copies of mail with the truth, message by message and byte by byte.

    python3 Fixtures/compare_mail.py TRUTH --maildirs DIR    DIR/USER holds a Maildir at any depth
    python3 Fixtures/compare_mail.py TRUTH --server ENV      what a server transmits; ENV as dovecot.sh writes it

TRUTH is a folder with truth.jsonl (sample_mail.py) or truth-messages.jsonl, or one of USER/Maildir alone, and then what
a server transmits is derived from the files. A Maildir's file may hold CRLF, or LF where CRLF was received.
An archive keeps what one user got twice, byte for byte, once: --once allows for that.
Prints what is missing and what is too much, at most --show of each; exit status 1 if there is any.
"""

import argparse
import collections
import hashlib
import json
import os
import poplib
import ssl
import sys

sys.dont_write_bytecode = True

from sample_mail import wire_form  # noqa: E402


def digest(message):
    return hashlib.sha256(message).hexdigest()


def maildir_files(folder):
    for path, _, names in os.walk(folder):
        if os.path.basename(path) in ("new", "cur"):
            for name in names:
                yield os.path.join(path, name)


def read(path):
    with open(path, "rb") as handle:
        return handle.read()


def truth_of(folder):
    """User -> digest -> [where each copy came from]."""
    expected = collections.defaultdict(lambda: collections.defaultdict(list))
    for name in ("truth.jsonl", "truth-messages.jsonl"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as lines:
                for record in map(json.loads, lines):
                    expected[record.get("user") or record["u"]][record["sha256"]].append(record["file"])
            return expected
    for user in sorted(os.listdir(folder)):
        for path in maildir_files(os.path.join(folder, user)):
            expected[user][digest(wire_form(read(path)))].append(os.path.relpath(path, folder))
    return expected


def copies_in_maildirs(folder):
    """Yields (user, the digests that the copy may have, its path)."""
    for user in sorted(os.listdir(folder)):
        for path in maildir_files(os.path.join(folder, user)):
            stored = read(path)
            yield user, (digest(stored), digest(stored.replace(b"\n", b"\r\n"))), path


def copies_on_server(env_path, users):
    with open(env_path, encoding="utf-8") as lines:
        env = dict(line.rstrip("\n").split("=", 1) for line in lines)
    trust = ssl.create_default_context(cafile=env["CA_FILE"])
    for user in users:
        session = poplib.POP3_SSL("localhost", int(env["POP3S_PORT"]), context=trust, timeout=60)
        session.user(user)
        session.pass_(f"pw-{user}")
        for number in range(1, session.stat()[0] + 1):
            yield user, (digest(retrieve(session, number)),), f"message {number}"
        session.quit()


def retrieve(session, number):
    """RETR by hand: poplib's own limits a line to 2,048 octets and drops the line ends."""
    session._putcmd(f"RETR {number}")
    answer = session.file.readline()
    if not answer.startswith(b"+OK"):
        raise poplib.error_proto(answer)
    lines = []
    while (line := session.file.readline()) != b".\r\n":
        if not line:
            raise EOFError(f"the server ended within message {number}")
        lines.append(line)
    # What ends in a lone LF is half a line: only after CRLF is a dot a stuffed one.
    starts = [True, *(line.endswith(b"\r\n") for line in lines[:-1])]
    return b"".join(line[1:] if start and line.startswith(b".") else line for start, line in zip(starts, lines))


def compare(expected, copies):
    """Takes each copy from `expected`; returns (how many matched, the copies that were not expected)."""
    matched, surplus = 0, []
    for user, digests, place in copies:
        waiting = expected.get(user, {})
        found = next((one for one in digests if waiting.get(one)), None)
        if found:
            waiting[found].pop()
            matched += 1
        else:
            surplus.append(f"{user}: {place}")
    return matched, surplus


def show(title, places, limit):
    print(f"compare_mail: {len(places)} {title}")
    for place in places[:limit]:
        print(f"    {place}")


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("truth")
    source = options.add_mutually_exclusive_group(required=True)
    source.add_argument("--maildirs")
    source.add_argument("--server")
    options.add_argument("--once", action="store_true", help="a user's identical messages count as one")
    options.add_argument("--show", type=int, default=20)
    chosen = options.parse_args()

    expected = truth_of(chosen.truth)
    if chosen.once:
        for digests in expected.values():
            for places in digests.values():
                del places[1:]
    if chosen.maildirs:
        copies = copies_in_maildirs(chosen.maildirs)
    else:
        copies = copies_on_server(chosen.server, sorted(expected))
    matched, surplus = compare(expected, copies)
    missing = [place for digests in expected.values() for places in digests.values() for place in places]

    print(f"compare_mail: {matched} messages are exact to the byte")
    if missing:
        show("are missing or differ:", missing, chosen.show)
    if surplus:
        show("were not expected:", surplus, chosen.show)
    sys.exit(1 if missing or surplus else 0)


if __name__ == "__main__":
    main()
