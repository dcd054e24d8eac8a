#!/usr/bin/env python3
"""Makes the mail of an organisation that never was: Maildirs, and a truth file that says what a POP3 client must get.

    python3 Fixtures/sample_mail.py OUT [--users 40] [--messages 25] [--seed 1] [--huge] [--no-odd]
                                    [--attachment-scale 1]

    OUT/USER/Maildir/{new,cur,tmp}   the mail, half of it with LF and half with CRLF line ends
    OUT/truth.jsonl                  one line for each delivered message, in the order of delivery:
        user, sha256, size           of the message as POP3 transmits it: CRLF line ends, unstuffed
        subject, message_id          as the header has them, decoded; "" where there is none
        kind                         what it is an example of: everyday mail (class Office) or odd (class Odd)
        file                         where it was put (a server may move it from new to cur)

The same arguments give the same bytes. Each user gets --messages messages, and one more user, `empty`, gets none. The
odd messages come first, shared out among the users, as far as there is room for them; the rest is everyday mail.

The truth is what Dovecot 2.3 was seen to transmit, which is the file but for two things: a lone LF goes out as CRLF,
and a message that does not end in LF gets a CRLF (so a file of zero octets arrives as an empty line, and LIST may name
two octets fewer than arrive). NUL and lone CR stay as they are. Left out is a message whose very first octet is a dot:
Dovecot does not stuff it.
"""

import argparse
import base64
import hashlib
import json
import os
import random
import re
import shutil
import sys
import time

DOMAIN = "harbour.example"
FIRST_DELIVERY = 1_704_096_000  # 2024-01-01 08:00 UTC
SECONDS_BETWEEN = 617

NAMES = (
    "ann bob carla dmitri elif fatima georg hana ivan jun katarzyna leo maria nikos oksana paul qiang rosa simon "
    "teresa umut vera wei xenia yusuf zuzana amir beate chloe david eszter felipe gita henrik ines jose kofi lena "
    "marek nadia"
).split()

WORDS = (
    "anchor harbour cargo invoice crane tide berth pilot manifest weather delay container customs order quay report "
    "north winter the a of to and in for with on at from by this that which before after again tomorrow morning "
    "please confirm send check arrange deliver repair weigh load sign count return expect receive move open close new "
    "late early heavy light empty full green red broken safe final second next every no two three seven hundred tonnes "
    "ship crew captain office gate key book list number question answer price offer contract meeting lunch thank you"
).split()

SUBJECTS = (
    "Invoice", "Berth plan", "Crane repair", "Weather warning", "Customs papers", "Crew list", "Offer", "Lunch",
    "Meeting notes", "Container count", "Pilot rota", "Contract draft", "Delivery delayed", "Photographs", "Budget",
)

# charset, how a header word is encoded, a phrase that needs the charset
PHRASES = (
    ("utf-8", "B", "Frachtbrief für die Überfahrt – bitte prüfen"),
    ("utf-8", "Q", "Réunion déplacée à jeudi, café compris"),
    ("utf-8", "B", "Ładunek przyjdzie później 🚢"),
    ("iso-8859-1", "Q", "Liegeplätze für März und Straßenmaut"),
    ("iso-8859-15", "Q", "Le prix est de 300 € par conteneur"),
    ("iso-8859-2", "B", "Žádost o opravu jeřábu"),
    ("windows-1252", "Q", "Presupuesto “final” de la grúa: 500 €"),
    ("windows-1251", "B", "Груз прибыл, просим подписать"),
    ("koi8-r", "B", "Расписание судов на неделю"),
    ("iso-8859-7", "B", "Το πλοίο καθυστερεί λόγω καιρού"),
    ("iso-8859-9", "Q", "Liman ücretleri değişti, lütfen inceleyiniz"),
    ("windows-1255", "B", "האונייה מגיעה מחר בבוקר"),
    ("windows-1256", "B", "وصلت السفينة إلى الميناء"),
    ("iso-2022-jp", "B", "船荷証券の確認をお願いします"),
    ("shift_jis", "B", "入港予定の変更について"),
    ("euc-kr", "B", "선적 서류를 확인해 주세요"),
    ("gb2312", "B", "请确认货物清单"),
    ("big5", "B", "請確認貨櫃數量"),
)


class Message:
    """What was sent, before anybody received it: header lines and body with LF line ends."""

    def __init__(self, kind, subject, message_id, header, body):
        self.kind, self.subject, self.message_id = kind, subject, message_id
        self.header, self.body = header, body


def wire_form(stored):
    """What Dovecot transmits of a file's bytes, without byte-stuffing and terminator."""
    if b"\r" in stored:
        sent = re.sub(rb"(?<!\r)\n", b"\r\n", stored)
    else:
        sent = stored.replace(b"\n", b"\r\n")
    return sent if sent.endswith(b"\n") else sent + b"\r\n"


def encoded_words(text, charset, encoding):
    """RFC 2047: few characters a word, so that none is cut and each starts in the charset's first state."""
    words = []
    for start in range(0, len(text), 10):
        raw = text[start : start + 10].encode(charset)
        if encoding == "B":
            inner = base64.b64encode(raw).decode()
        else:
            inner = "".join(chr(b) if b < 128 and chr(b).isalnum() else f"={b:02X}" for b in raw)
        words.append(f"=?{charset}?{encoding}?{inner}?=")
    return "\n ".join(words)


def quoted_printable(raw):
    """Every line at most 76 characters, none ending in a space."""
    lines = []
    for line in raw.split(b"\n"):
        out = ""
        for position, byte in enumerate(line):
            plain = 32 <= byte < 127 and byte != 61 and not (byte == 32 and position == len(line) - 1)
            out += chr(byte) if plain else f"={byte:02X}"
            if len(out) > 70:
                lines.append(out + "=")
                out = ""
        lines.append(out)
    return "\n".join(lines).encode()


def date_of(seconds):
    return time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(seconds))


class Office:
    """Writes everyday mail. All its choices come from one random source."""

    def __init__(self, dice, users, attachment_scale):
        self.dice, self.users, self.attachment_scale = dice, users, attachment_scale
        self.sent = 0
        self.attachments = []  # (name, type, base64 text), to be forwarded later
        self.threads = []  # (message id, subject, text), to be answered later

    def text(self, sentences):
        out = []
        for _ in range(sentences):
            words = self.dice.choices(WORDS, k=self.dice.randint(5, 14))
            out.append(" ".join(words).capitalize() + self.dice.choice((".", ".", "!", "?")) + "\n")
            if self.dice.random() < 0.15:
                out.append("\n")
        return "".join(out)

    def new_id(self):
        self.sent += 1
        return f"<{self.sent}.{self.dice.getrandbits(40):010x}@{DOMAIN}>"

    def header(self, subject, message_id, when, sender, recipients, extra=""):
        to = ", ".join(f"{name} <{name}@{DOMAIN}>" for name in recipients[:8])
        if len(recipients) > 8:
            to = f"everybody <all@{DOMAIN}>"
        return (
            f"Date: {date_of(when)}\nFrom: {sender} <{sender}@{DOMAIN}>\nTo: {to}\nSubject: {subject}\n"
            f"Message-ID: {message_id}\nMIME-Version: 1.0\n{extra}"
        ).encode()

    def boundary(self):
        return f"=_{self.dice.getrandbits(64):016x}"

    def attachment(self):
        """A new one, or in two cases of five one that went round before."""
        if self.attachments and self.dice.random() < 0.4:
            return self.dice.choice(self.attachments)
        size = int(min(self.dice.lognormvariate(10.9, 1.2), 2_000_000) * self.attachment_scale)
        if self.dice.random() < 0.4:
            name, kind = f"count-{self.sent}.csv", "text/csv"
            rows = max(1, size // 34)
            numbers = self.dice.choices(range(10_000, 99_999), k=rows)
            lines = (f"{row:08d};{number};{WORDS[number % 60]};EUR;open\n" for row, number in enumerate(numbers))
            raw = "".join(lines).encode()
        else:
            name, kind = f"scan-{self.sent}.jpeg", "image/jpeg"
            raw = b"\xff\xd8\xff\xe0" + self.dice.randbytes(size)
        made = (name, kind, base64.encodebytes(raw))
        self.attachments = [*self.attachments[-199:], made]
        return made

    def write(self, when, sender, recipients):
        """One message of an everyday kind."""
        make = self.dice.choices(
            (self.note, self.answer, self.alternative, self.with_attachment, self.foreign, self.forward),
            weights=(24, 16, 22, 20, 14, 4),
        )[0]
        return make(when, sender, recipients)

    def note(self, when, sender, recipients):
        subject = f"{self.dice.choice(SUBJECTS)} {self.dice.randint(100, 999)}"
        message_id = self.new_id()
        text = self.text(self.dice.randint(2, 40)) + f"-- \n{sender}\n"
        self.threads.append((message_id, subject, text))
        extra = "Content-Type: text/plain; charset=us-ascii\n"
        header = self.header(subject, message_id, when, sender, recipients, extra)
        return Message("note", subject, message_id, header, text.encode())

    def answer(self, when, sender, recipients):
        if not self.threads:
            return self.note(when, sender, recipients)
        first_id, first_subject, first_text = self.dice.choice(self.threads[-60:])
        subject = first_subject if first_subject.startswith("Re: ") else f"Re: {first_subject}"
        message_id = self.new_id()
        quoted = "".join(f"> {line}\n" for line in first_text.splitlines())
        text = f"{self.text(self.dice.randint(1, 6))}\nOn an earlier day you wrote:\n{quoted}"
        self.threads.append((message_id, subject, text))
        extra = f"In-Reply-To: {first_id}\nReferences: {first_id}\nContent-Type: text/plain; charset=us-ascii\n"
        header = self.header(subject, message_id, when, sender, recipients, extra)
        return Message("answer", subject, message_id, header, text.encode())

    def alternative(self, when, sender, recipients):
        subject = f"{self.dice.choice(SUBJECTS)} for week {self.dice.randint(1, 52)}"
        message_id, mark = self.new_id(), self.boundary()
        text = self.text(self.dice.randint(5, 60))
        paragraphs = "".join(f'<p style="margin:0;font-family:serif">{line}</p>\n' for line in text.splitlines())
        page = f"<html><head><title>{subject}</title></head><body>\n{paragraphs}</body></html>\n"
        body = (
            f"--{mark}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
            f"{quoted_printable(text.encode()).decode()}\n--{mark}\nContent-Type: text/html; charset=utf-8\n"
            f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(page.encode()).decode()}\n--{mark}--\n"
        )
        extra = f'Content-Type: multipart/alternative; boundary="{mark}"\n'
        header = self.header(subject, message_id, when, sender, recipients, extra)
        return Message("alternative", subject, message_id, header, body.encode())

    def with_attachment(self, when, sender, recipients):
        name, kind, encoded = self.attachment()
        subject = f"{self.dice.choice(('', 'Fwd: '))}{name}"
        message_id, mark = self.new_id(), self.boundary()
        body = (
            f"This is a message in parts.\n--{mark}\nContent-Type: text/plain; charset=us-ascii\n\n"
            f"{self.text(self.dice.randint(1, 8))}\n--{mark}\nContent-Type: {kind}; name=\"{name}\"\n"
            f"Content-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n"
        ).encode() + encoded + f"--{mark}--\n".encode()
        extra = f'Content-Type: multipart/mixed;\n\tboundary="{mark}"\n'
        header = self.header(subject, message_id, when, sender, recipients, extra)
        return Message("attachment", subject, message_id, header, body)

    def foreign(self, when, sender, recipients):
        charset, encoding, phrase = self.dice.choice(PHRASES)
        subject = f"{phrase} {self.dice.randint(10, 99)}"
        message_id = self.new_id()
        raw = ((phrase + "\n") * self.dice.randint(1, 20)).encode(charset)
        how = self.dice.choice(("base64", "quoted-printable", "8bit"))
        body = {"base64": base64.encodebytes, "quoted-printable": quoted_printable, "8bit": bytes}[how](raw)
        extra = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {how}\n"
        header = self.header(encoded_words(subject, charset, encoding), message_id, when, sender, recipients, extra)
        return Message("charset", subject, message_id, header, body)

    def forward(self, when, sender, recipients):
        inner = self.note(when - 3600, self.dice.choice(self.users), [sender])
        subject = f"Fwd: {inner.subject}"
        message_id, mark = self.new_id(), self.boundary()
        body = (
            f"--{mark}\nContent-Type: text/plain\n\nSee below.\n--{mark}\nContent-Type: message/rfc822\n\n".encode()
            + inner.header + b"\n" + inner.body + f"\n--{mark}--\n".encode()
        )
        extra = f"Content-Type: multipart/mixed; boundary={mark}\n"
        header = self.header(subject, message_id, when, sender, recipients, extra)
        return Message("forward", subject, message_id, header, body)


# --- odd messages --------------------------------------------------------------------------------------------------


def crlf(data):
    return data.replace(b"\n", b"\r\n")


def parts(mark, *bodies, close=True):
    out = b"".join(b"--%s\n%s\n" % (mark, body) for body in bodies)
    return out + (b"--%s--\n" % mark if close else b"")


def mixed(mark):
    return b"Content-Type: multipart/mixed; boundary=%s\n" % mark


def nested_parts(depth):
    """Header and body of a message whose parts stand in one another."""
    out = [mixed(b"b0")]
    for level in range(1, depth):
        out.append(b"\n--b%d\n%s" % (level - 1, mixed(b"b%d" % level)))
    out.append(b"\n--b%d\nContent-Type: text/plain\n\nthe innermost part\n" % (depth - 1))
    out.extend(b"\n--b%d--\n" % level for level in reversed(range(depth)))
    header, body = b"".join(out).split(b"\n\n", 1)
    return header + b"\n", body


def nested_forwards(depth):
    levels = (b"Subject: level %d\nContent-Type: message/rfc822\n\n" % level for level in range(depth))
    return b"".join(levels) + b"Subject: innermost\n\nend\n"


class Odd:
    """The odd messages: `made` is a list of (kind, bytes of the file, copies in each box, number of boxes)."""

    def __init__(self, dice, huge):
        self.made = []
        self.noise = base64.encodebytes(dice.randbytes(3000))
        self.text = b"Content-Type: text/plain\n\nfirst part\n"
        self.dots()
        self.missing_pieces()
        self.octets()
        self.lengths()
        self.line_ends()
        self.structure()
        self.header_fields()
        self.mbox_traps()
        self.copies()
        if huge:
            film = b"Content-Type: video/mp4\nContent-Transfer-Encoding: base64\n\n"
            film += base64.encodebytes(dice.randbytes(22_500_000))
            self.add("huge", parts(b"h", self.text, film), mixed(b"h"))

    def whole(self, kind, stored, copies=1, boxes=1):
        self.made.append((kind, stored, copies, boxes))

    def message(self, kind, body, header=b""):
        return (
            f"From: odd@{DOMAIN}\nTo: you@{DOMAIN}\nSubject: odd: {kind}\nMessage-ID: <{kind}@odd.example>\n"
            f"Date: {date_of(FIRST_DELIVERY)}\n".encode() + header + b"\n" + body
        )

    def add(self, kind, body, header=b""):
        self.whole(kind, self.message(kind, body, header))

    def dots(self):
        self.add("dots", b".\n..\n...\n.x\n. \n\n.\nend\n.\n")
        self.whole("dots-crlf", crlf(self.message("dots-crlf", b".\n..\n.x\n\n.\n")))
        self.add("dot-without-line-end", b"the end is a dot\n.")
        self.add("terminator-inside", b"before\n.\n+OK 12 octets\nSubject: not a message\n\n.\n-ERR no\n")

    def missing_pieces(self):
        self.add("empty-body", b"")
        self.whole("header-only", self.message("header-only", b"")[:-1])
        self.whole("zero-octets", b"")
        self.whole("blank-lines", b"\n\n\n\n")
        self.whole("no-header", b"\nthis message starts with its body\n")
        self.whole("not-a-header", b"this line has no colon and no header follows\nnor here\n")

    def octets(self):
        self.add("8-bit", "Grüße, 日本語, без кодировки\n".encode())
        latin_header = "X-Note: Größe\nFrom: Jörg <j@odd.example>\n".encode("latin-1")
        self.add("raw-latin1", "Ärger mit Umlauten: äöüß\n".encode("latin-1"), latin_header)
        self.add("all-octets", bytes(byte for byte in range(256) if byte not in (10, 13)) * 20 + b"\n")
        self.add("nul", b"a\0b\n\0\n\0\0\0end\n", b"X-Nul: a\0b\n")

    def lengths(self):
        self.add("megabyte-lines", b"x" * 1_100_000 + b"\nshort\n." + b"y" * 1_000_000 + b"\n")
        self.add("megabyte-without-line-end", b"z" * 1_048_576)
        self.add("long-header", b"body\n", b"X-Long: " + b"a" * 200_000 + b"\n")
        references = b"".join(b"\n <%d@odd.example>" % number for number in range(5000))
        self.add("folded-header", b"body\n", b"References:" + references + b"\n")
        self.add("many-headers", b"body\n", b"".join(b"X-Trace-%d: %d\n" % (n, n) for n in range(3000)))

    def line_ends(self):
        self.add("lone-cr", b"a\rb\rc\n\r\r\n\rstart\rend\r\n\r")
        self.add("only-cr", b"one\rtwo\r.\rthree\r")
        self.whole("mixed", crlf(self.message("mixed", b"crlf\n")) + b"lf\nlf\r\ncrlf\n\n\r\n.\n")
        self.add("cr-cr-lf", b"doubled\r\r\n.\r\r\n\r\r\nend\r\r\n")
        self.add("no-final-newline", b"the last line has no end")
        self.whole("no-final-newline-crlf", crlf(self.message("no-final-newline-crlf", b"one\ntwo")))

    def structure(self):
        text, noise = self.text, self.noise
        header, body = nested_parts(1000)
        self.add("nested-1000", body, header)
        self.add("forwarded-300", nested_forwards(300), b"Content-Type: message/rfc822\n")
        unfinished = b"Content-Transfer-Encoding: base64\n\n" + noise
        self.add("never-closed", parts(b"open", text, unfinished, close=False), mixed(b"open"))
        self.add("never-opened", b"no part ever starts\n" * 60, mixed(b"absent"))
        self.add("no-boundary", parts(b"x", text), b"Content-Type: multipart/mixed\n")
        self.add("boundary-prefix", parts(b"ab", text, b"\n--abc\n-- ab\n--ab \n\nthird\n"), mixed(b"ab"))
        inner = mixed(b"same") + b"\n" + parts(b"same", text, text)
        self.add("boundary-shared", parts(b"same", inner, text), mixed(b"same"))
        around = b"p" * 3000 + b"\n" + parts(b"m", text, text) + b"e" * 3000 + b"\n"
        self.add("preamble-epilogue", around, mixed(b"m"))
        self.add("bad-base64", b"!!!! ====\n" + noise[:-5], b"Content-Transfer-Encoding: base64\n")

    def header_fields(self):
        self.add("two-of-each", b"body\n", b"Subject: second\nMessage-ID: <second@odd.example>\nDate: never\n")
        words = b"From: =?utf-8?B?4pyT=?= <=?nosuch?Q?=ZZ?=@odd.example>\nTo: =?utf-8?Q?open\nCc: (((((\n"
        self.add("broken-words", b"body\n", words)
        dates = b"Received: from x; Wed, 99 Zzz 20240 99:99:99 +9999\nDate: 31 Feb 1899 25:61\n"
        self.add("wild-dates", b"body\n", dates)

    def mbox_traps(self):
        postmark = b"From a@b.example Mon Jan  1 00:00:00 2024\n"
        quoted = b"From the harbour\n>From quoted\n>>From twice\n\n"
        self.add("from-lines", quoted + postmark + b"Subject: inside\n\nx\n")
        self.whole("from-first", postmark + self.message("from-first", b"an mbox line came along\n"))
        self.add("content-length", b"one\n\nFrom x\n\ntwo\n", b"Content-Length: 4\nLines: 1\n")
        self.add("blanks-at-line-ends", b"a  \n\t\n \n-- \nb\t\n\n\n\n")

    def copies(self):
        again = self.message("redelivered", b"the same bytes twice in one box\n" * 99)
        self.whole("redelivered", again, copies=2)
        elsewhere = self.message("redelivered-elsewhere", self.noise + b"the same bytes in several boxes\n")
        self.whole("redelivered-elsewhere", elsewhere, boxes=3)


class Post:
    """Puts messages into Maildirs and writes down the truth."""

    def __init__(self, out, users, messages):
        self.out, self.room = out, {user: messages for user in users}
        self.delivered = 0
        self.truth = open(os.path.join(out, "truth.jsonl"), "w", encoding="utf-8")
        for user in [*users, "empty"]:
            for folder in ("new", "cur", "tmp"):
                os.makedirs(os.path.join(out, user, "Maildir", folder))

    def deliver(self, user, stored, kind, subject="", message_id=""):
        when = FIRST_DELIVERY + self.delivered * SECONDS_BETWEEN
        name = f"{when}.M{self.delivered:06d}P1.store"
        seen = self.delivered % 2
        file = f"{user}/Maildir/cur/{name}:2,S" if seen else f"{user}/Maildir/new/{name}"
        path = os.path.join(self.out, file)
        with open(path, "wb") as handle:
            handle.write(stored)
        os.utime(path, (when, when))
        sent = wire_form(stored)
        self.truth.write(json.dumps({
            "user": user, "sha256": hashlib.sha256(sent).hexdigest(), "size": len(sent), "subject": subject,
            "message_id": message_id, "kind": kind, "file": file,
        }, ensure_ascii=False) + "\n")
        self.delivered += 1
        self.room[user] -= 1

    def close(self):
        self.truth.close()


def deliver_odd(post, dice, users, huge):
    for number, (kind, stored, copies, boxes) in enumerate(Odd(dice, huge).made):
        named = b"Subject: odd: " in stored
        subject, message_id = (f"odd: {kind}", f"<{kind}@odd.example>") if named else ("", "")
        for box in range(min(boxes, len(users))):
            user = users[(number + box) % len(users)]
            for _ in range(copies):
                if post.room[user] > 0:
                    post.deliver(user, stored, kind, subject, message_id)


def deliver_everyday(post, dice, users, attachment_scale):
    office = Office(dice, users, attachment_scale)
    while waiting := [user for user in users if post.room[user] > 0]:
        when = FIRST_DELIVERY + post.delivered * SECONDS_BETWEEN
        count = dice.choices((1, 2, 5, len(waiting)), weights=(70, 15, 12, 3))[0]
        recipients = dice.sample(waiting, min(count, len(waiting)))
        sender = dice.choice(users)
        message = office.write(when, sender, recipients)
        relay = (
            f"Received: from desk.{DOMAIN} (desk.{DOMAIN} [192.0.2.{dice.randint(1, 250)}])\n"
            f"\tby mx.{DOMAIN} with ESMTPS id {dice.getrandbits(48):012x};\n\t{date_of(when)}\n"
        )
        for user in recipients:
            trace = (
                f"Return-Path: <{sender}@{DOMAIN}>\nDelivered-To: {user}@{DOMAIN}\n"
                f"Received: from mx.{DOMAIN}\n\tby store.{DOMAIN} with LMTP id {dice.getrandbits(60):015x}\n"
                f"\tfor <{user}@{DOMAIN}>; {date_of(when + 1)}\n{relay}"
            )
            stored = trace.encode() + message.header + b"\n" + message.body
            if dice.random() < 0.5:
                stored = crlf(stored)
            post.deliver(user, stored, message.kind, message.subject, message.message_id)


def user_names(count):
    return [NAMES[n] if n < len(NAMES) else f"{NAMES[n % len(NAMES)]}{n // len(NAMES) + 1}" for n in range(count)]


def main():
    summary = __doc__.split("\n\n")[0]
    options = argparse.ArgumentParser(description=summary)
    options.add_argument("out", help="a folder that does not exist yet, or is empty")
    options.add_argument("--users", type=int, default=40)
    options.add_argument("--messages", type=int, default=25, help="for each user")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--huge", action="store_true", help="one of the odd messages has 30 MB")
    options.add_argument("--attachment-scale", type=float, default=1, help="how much larger attachments are")
    options.add_argument("--no-odd", action="store_true", help="everyday mail only")
    chosen = options.parse_args()
    if os.path.isdir(chosen.out) and os.listdir(chosen.out):
        sys.exit(f"sample_mail: {chosen.out} is not empty")

    os.makedirs(chosen.out, exist_ok=True)
    users = user_names(chosen.users)
    dice = random.Random(chosen.seed)
    post = Post(chosen.out, users, chosen.messages)
    try:
        if not chosen.no_odd:
            deliver_odd(post, dice, users, chosen.huge)
        deliver_everyday(post, dice, users, chosen.attachment_scale)
    except BaseException:
        shutil.rmtree(chosen.out, ignore_errors=True)
        raise
    post.close()
    print(f"sample_mail: {post.delivered} messages for {len(users)} users (and none for `empty`) in {chosen.out}")


if __name__ == "__main__":
    main()
