"""Compares what a program of the race stored with the truth, byte by byte."""

import collections
import os

import compare_mail
from hostile_verdict import forms
from sample_mail import wire_form


class Truth:
    """What the server transmits: user -> digest -> how many messages."""

    def __init__(self, folder, served):
        """`folder` is as compare_mail.py takes it, and `served` has USER/Maildir."""
        self.served = served
        self.known = {(): counted(compare_mail.truth_of(folder))}

    def of(self, program):
        """What a program stores that does all it may do."""
        expected = self.known.get(program.removed_fields)
        if expected is None:
            expected = {
                user: collections.Counter(
                    compare_mail.digest(without_fields(wire_form(compare_mail.read(path)), program.removed_fields))
                    for path in compare_mail.maildir_files(os.path.join(self.served, user)))
                for user in os.listdir(self.served) if os.path.isdir(os.path.join(self.served, user))}
            self.known[program.removed_fields] = expected
        wanted = {user: collections.Counter(expected.get(user, {})) for user in program.users}
        if program.keeps_once:
            wanted = {user: collections.Counter(dict.fromkeys(digests, 1)) for user, digests in wanted.items()}
        return wanted


def counted(expected):
    return {
        user: collections.Counter({digest: len(places) for digest, places in digests.items()})
        for user, digests in expected.items()}


def without_fields(message, names):
    """The message less the header fields of these names."""
    header, blank, body = message.partition(b"\r\n\r\n")
    kept, is_kept = [], True
    for line in header.split(b"\r\n"):
        if line[:1] not in (b" ", b"\t"):
            is_kept = line.split(b":")[0].lower().decode("latin-1") not in names
        if is_kept:
            kept.append(line)
    return b"\r\n".join(kept) + blank + body


def possible_digests(stored, added_fields):
    """Of what was received if this was stored of it: with LF in place of CRLF or not, and with fields on top or not."""
    for form in forms(stored, added_fields) if added_fields else (stored,):
        yield compare_mail.digest(form)
        yield compare_mail.digest(form.replace(b"\n", b"\r\n"))


def verdict(program, truth):
    """"exact", or what is not."""
    wanted, surplus = truth.of(program), 0
    for user, stored in program.copies():
        waiting = wanted[user]
        found = next((one for one in possible_digests(stored, program.added_fields) if waiting[one] > 0), None)
        if found:
            waiting[found] -= 1
        else:
            surplus += 1
    missing = sum(sum(digests.values()) for digests in wanted.values())
    altered = min(missing, surplus)
    counts = {"altered": altered, "missing": missing - altered, "too many": surplus - altered}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "exact"
