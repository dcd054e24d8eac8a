#!/usr/bin/env python3
"""Hands sample mail over to a server in the form that it keeps mail in.

    python3 Fixtures/hand_over.py maildir MAIL OUT   OUT/USER/Maildir
    python3 Fixtures/hand_over.py mbox MAIL OUT      OUT/USER, an mbox file
    python3 Fixtures/hand_over.py imap MAIL PORT     into mailboxes made anew, by the APPEND of an IMAP server

MAIL/USER/Maildir holds a user's messages, as sample_mail.py makes them. Lines end with LF in files and with CRLF by
IMAP. Left out is what a server does not take: with mbox an empty message, with IMAP whatever is refused, which is told.
"""

import imaplib
import os
import re
import sys

sys.dont_write_bytecode = True

from sample_mail import wire_form  # noqa: E402

POSTMARK = b"From sender@harbour.example Mon Jan  1 08:00:00 2024\n"


def messages(mail, user):
    """Each as POP3 transmits it, in the order of delivery."""
    found = {}
    for part in ("new", "cur"):
        folder = os.path.join(mail, user, "Maildir", part)
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as handle:
                found[name] = wire_form(handle.read())
    return [found[name] for name in sorted(found)]


def write_maildir(folder, kept):
    for part in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(folder, part))
    for number, message in enumerate(kept):
        with open(os.path.join(folder, "new", f"{1_704_096_000 + number}.M1P1.store"), "wb") as out:
            out.write(message.replace(b"\r\n", b"\n"))


def write_mbox(path, kept):
    with open(path, "wb") as out:
        for message in kept:
            text = message.replace(b"\r\n", b"\n")
            if text.strip():
                out.write(POSTMARK + re.sub(rb"(?m)^(>*From )", rb">\1", text) + b"\n")


def append(port, user, kept):
    """With the administrator `cyrus` of a Cyrus server."""
    with imaplib.IMAP4("127.0.0.1", port) as admin:
        admin.login("cyrus", "pw-cyrus")
        if admin.create(f"user/{user}")[0] != "OK":
            sys.exit(f"hand_over: no mailbox for {user}")
    with imaplib.IMAP4("127.0.0.1", port) as box:
        box.login(user, f"pw-{user}")
        for message in kept:
            answer, reason = box.append("INBOX", "", None, message)
            if answer != "OK":
                print(f"hand_over: {user}: one of {len(message)} octets is refused: {reason[-1].decode()}")


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("maildir", "mbox", "imap"):
        sys.exit(__doc__)
    form, mail, place = sys.argv[1:]
    imaplib.MapCRLF = re.compile(rb"\r\n")  # as it is: imaplib would end lines at a lone CR or LF, too
    for user in sorted(name for name in os.listdir(mail) if os.path.isdir(os.path.join(mail, name))):
        kept = messages(mail, user)
        if form == "maildir":
            write_maildir(os.path.join(place, user, "Maildir"), kept)
        elif form == "mbox":
            write_mbox(os.path.join(place, user), kept)
        else:
            append(int(place), user, kept)


if __name__ == "__main__":
    main()
