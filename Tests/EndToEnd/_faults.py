"""Runs of mailcask whose file calls fail, are killed at a call, or lose their power: the Python side of _faults.c."""

import os
import shutil
import struct
import subprocess
import typing

from _common import read, write

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_faults.c")
SECTOR_BYTES = 512


def build(folder):
    """Compiles the library and returns its path."""
    library = os.path.join(folder, "faults.so")
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
    return library


class Fault(typing.NamedTuple):
    """`do` happens at the `at`-th of the calls that `call`, `by` and `path` admit; _faults.c lists all of these."""

    do: str
    at: int
    call: str = ""
    by: str = ""
    path: str = ""

    def environment(self):
        values = {"DO": self.do, "AT": str(self.at), "CALL": self.call, "BY": self.by, "PATH": self.path}
        return {f"FAULTS_{name}": value for name, value in values.items() if value}

    def __str__(self):
        calls = " ".join(part for part in (self.call or "call", self.by, self.path) if part)
        return f"{self.do} at {calls} number {self.at}"


class Call(typing.NamedTuple):
    """A line of the log; `action` is empty where the call was let through."""

    name: str
    by: str
    path: str
    action: str

    @classmethod
    def parse(cls, line):
        name, by, path, *rest = line.replace(" (deleted)", "").split(" ")
        return cls(name, by, path, *rest, *[""] * (1 - len(rest)))


def is_mapped(name):
    """SQLite's index of its log is made anew where it is missing."""
    return name.endswith("-shm")


class Disk:
    """A folder on a disk whose power may be cut, and `image`, what the disk holds of it (see _faults.c)."""

    def __init__(self, library, under, image):
        self.library, self.under, self.image = library, os.path.realpath(under), image
        self.log = image + ".log"
        self.hold_all()

    def environment(self, fault=None):
        """For a program whose calls are to be followed, and to meet a fault."""
        write(self.log, b"")
        return {
            "LD_PRELOAD": self.library, "FAULTS_UNDER": self.under, "FAULTS_LOG": self.log, "FAULTS_DISK": self.image,
            **(fault.environment() if fault else {}),
        }

    def calls(self):
        """What the last program did below the folder."""
        return [Call.parse(line) for line in read(self.log).decode().splitlines()]

    def hold_all(self):
        """Takes all that is there for synced."""
        shutil.rmtree(self.image, ignore_errors=True)
        for kind in ("files", "unsynced", "folders"):
            os.makedirs(os.path.join(self.image, kind))
        for path, folders, names in os.walk(self.under):
            held = self.place("folders", os.stat(path).st_ino)
            os.mkdir(held)
            for name in folders:
                os.symlink(f"../{os.stat(os.path.join(path, name)).st_ino}", os.path.join(held, name))
            for name in names:
                if not is_mapped(name):
                    file = self.place("files", os.stat(os.path.join(path, name)).st_ino)
                    shutil.copyfile(os.path.join(path, name), file)
                    os.link(file, os.path.join(held, name))

    def place(self, kind, inode):
        return os.path.join(self.image, kind, str(inode))

    def cut(self, dice=None):
        """Cuts the power: the folder becomes what the disk holds of it.

        With `dice`, some of what was written and not synced has reached the disk too: any sectors, a length between the
        old one and the new one, any names. Disks and file systems do not keep to the order of the writes.
        """
        after = self.under + ".after"
        PowerCut(self, dice).write_folder(after, os.stat(self.under).st_ino, self.under)
        shutil.rmtree(self.under)
        os.rename(after, self.under)
        self.hold_all()


class PowerCut:
    """Writes what is left of a disk's folder."""

    def __init__(self, disk, dice):
        self.disk, self.dice = disk, dice
        self.name_share = dice.choice((0, 0.5, 1)) if dice else 0
        # Where the files are that the image holds, as far as they are still there.
        self.paths = {}
        for path, _, names in os.walk(disk.under):
            for name in names:
                if held := self.file(os.stat(os.path.join(path, name)).st_ino):
                    self.paths[held] = os.path.join(path, name)

    def file(self, inode):
        """By which number the image holds a file; `None` when it does not hold it."""
        try:
            return os.stat(self.disk.place("files", inode)).st_ino
        except FileNotFoundError:
            return None

    def write_folder(self, target, inode, path):
        os.mkdir(target, 0o700)
        held, held_path = {}, self.disk.place("folders", inode)
        for entry in os.scandir(held_path) if os.path.exists(held_path) else ():
            held[entry.name] = (True, int(os.readlink(entry.path)[3:])) if entry.is_symlink() else (
                False, entry.inode())
        now = {entry.name: (True, entry.inode()) if entry.is_dir() else (False, self.file(entry.inode()))
               for entry in os.scandir(path) if not is_mapped(entry.name)}
        for name in sorted(held.keys() | now.keys()):
            is_new = held.get(name) != now.get(name) and self.dice and self.dice.random() < self.name_share
            is_folder, number = (now if is_new else held).get(name, (False, None))
            if number is None:
                continue
            if is_folder:
                self.write_folder(os.path.join(target, name), number, os.path.join(path, name))
            else:
                self.write_file(os.path.join(target, name), os.path.join(held_path, name), number)

    def write_file(self, target, held_path, number):
        path = self.paths.get(number)
        if path is None:
            shutil.copyfile(held_path, target)
            return
        inode = os.stat(path).st_ino
        write(target, self.content(read(self.disk.place("files", inode)), read(path), self.ranges(inode)))
        shutil.copymode(path, target)

    def ranges(self, inode):
        try:
            return struct.iter_unpack("<QQ", read(self.disk.place("unsynced", inode)))
        except FileNotFoundError:
            return ()

    def content(self, held, now, ranges):
        if not self.dice:
            return held
        share = self.dice.choice((0, 0.1, 0.5, 0.9, 1))
        shorter, longer = sorted((len(held), len(now)))
        length = self.dice.choice((len(held), len(now), self.dice.randint(shorter, longer)))
        content = bytearray(held[:length].ljust(length, b"\0"))
        reached = {}
        for offset, count in ranges:
            end = min(offset + count, length, len(now))
            while offset < end:
                sector = offset // SECTOR_BYTES
                stop = min(end, (sector + 1) * SECTOR_BYTES)
                if reached.setdefault(sector, self.dice.random() < share):
                    content[offset:stop] = now[offset:stop]
                offset = stop
        return bytes(content)
