#!/usr/bin/env python3
"""Archives of real mail are repacked: to every choice, by repacks that are killed at any call or lose their power, and
while others read.

REPACK_SEED (random, printed) and REPACK_ROUNDS (12) may be set in the environment.
"""

import collections
import os
import random
import shutil
import signal
import threading

from _common import *
import _faults
from _faults import Fault

SEED = int(os.environ.get("REPACK_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
ROUNDS = int(os.environ.get("REPACK_ROUNDS", "12"))
KILLS = ("kill-before", "kill-inside", "kill-after")


def streams(archive):
    """What each volume inflates to, by its SHA-256."""
    found = {}
    for volume in volumes(archive):
        done = subprocess.run(["zcat", volume], stdout=subprocess.PIPE, check=True)
        found[os.path.basename(volume)] = sha256(done.stdout)
    return found


def leftovers(archive):
    return [name for folder in (archive, os.path.join(archive, "volumes")) for name in os.listdir(folder)
            if "repack" in name or name.endswith(".tar.gz.new")]


class Repacking(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Mail of which enough does not compress to fill several volumes.
        cls.server = cls.own_server("--users", "5", "--messages", "16", "--attachment-scale", "30", "--seed", "8")
        cls.truth = cls.server.truth()
        cls.original = os.path.join(cls.folder, "original")
        os.makedirs(cls.original)
        users = cls.server.users()
        for count in range(1, len(users) + 1):
            manifest = write_manifest(
                cls.original, cls.server, users[:count], archive='volume-bytes = "1 MiB"\ncompression = "fast"')
            result = mailcask("drain", manifest)
            assert result.status == DONE, result.text[-3000:]
        cls.streams = streams(os.path.join(cls.original, "archive"))
        assert len(cls.streams) > 2, cls.streams

    def copy(self):
        """A folder with an archive of its own, and its manifest."""
        folder = os.path.join(self.fresh_folder(), "disk")
        shutil.copytree(self.original, folder)
        return folder, os.path.join(folder, "archive"), os.path.join(folder, "accounts.toml")

    def repacked(self, archive, choice, status=DONE, **options):
        result = mailcask("repack", archive, "--compression", choice, **options)
        self.assertEqual(result.status, status, result.text[-2000:])
        return result

    def assert_sound(self, archive):
        self.assertEqual(leftovers(archive), [])
        self.assert_archive_holds(archive, self.truth)

    def test_every_choice_keeps_every_byte_and_the_next_run_goes_on(self):
        _, archive, manifest = self.copy()
        sizes = {"fast": folder_bytes(os.path.join(archive, "volumes"))}
        for choice in ("small", "balanced", "small", "fast"):
            self.repacked(archive, choice)
            self.assertEqual(streams(archive), self.streams, choice)
            sizes[choice] = folder_bytes(os.path.join(archive, "volumes"))
            self.assert_sound(archive)
        self.assertLess(sizes["small"], sizes["fast"])
        self.assertIn(b"compressed so already", self.repacked(archive, "fast").out)
        mark = self.server.mark()
        self.drained(manifest)
        self.assertEqual(self.server.retrieved(mark)[0], 0)

    def test_a_damaged_volume_is_named_and_the_others_are_repacked(self):
        _, archive, _ = self.copy()
        path = volumes(archive)[0]
        data = bytearray(read(path))
        data[len(data) // 2] ^= 0x55
        os.chmod(path, 0o600)
        write(path, bytes(data))
        result = self.repacked(archive, "small", DAMAGED)
        self.assertIn(b"volumes/000001.tar.gz: its SHA-256 is", result.err)
        self.assertIn(b"mailcask repair", result.err)
        self.assertEqual(read(path), bytes(data))
        self.assertRegex(result.out, rb"\n\d+ volumes?: .* became ")

    def test_a_signal_stops_it_and_what_is_done_stays(self):
        folder, archive, _ = self.copy()
        run = RunningMailcask("repack", archive, "--compression", "small", cwd=folder)
        run.wait_for(b" bytes became ")
        run.signal(signal.SIGINT)
        result = run.result()
        self.assertIn(result.status, (DONE, 128 + signal.SIGINT), result.text)
        self.assertEqual(streams(archive), self.streams)
        self.assert_sound(archive)
        self.assertIn(b"compressed so already", self.repacked(archive, "small").out)
        self.assert_sound(archive)

    def test_kills_and_power_cuts_at_any_call_lose_nothing(self):
        library = _faults.build(self.folder)
        folder, archive, _ = self.copy()
        disk = _faults.Disk(library, folder, folder + ".image")
        self.repacked(archive, "small", env=disk.environment())
        counts = collections.Counter((call.name, call.by) for call in disk.calls())
        met = 0
        for number in range(ROUNDS):
            dice = random.Random(f"{SEED}/{number}")
            name, by = dice.choice(sorted(counts))
            fault = Fault(dice.choice(KILLS), dice.randint(1, counts[name, by]), name, by)
            cut, after = dice.choice((None, "all", "some")), dice.choice(("drain", "reindex", "repair", "repack"))
            with self.subTest(f"REPACK_SEED={SEED}, {fault}, cut: {cut}, then {after}"):
                met += self.play(library, fault, cut, after, dice)
        print(f"  seed {SEED}: {ROUNDS} rounds, killed in {met}, over {counts.total()} calls")
        self.assertGreater(met, 0)

    def play(self, library, fault, cut, after, dice):
        """Returns whether the fault was met."""
        folder, archive, manifest = self.copy()
        disk = _faults.Disk(library, folder, folder + ".image")
        result = mailcask("repack", archive, "--compression", "small", env=disk.environment(fault))
        self.assertIn(result.status, (-signal.SIGKILL, DONE), result.text[-2000:])
        if cut:
            disk.cut(dice if cut == "some" else None)
        # As it was left: whatever was under way, all messages are there for readers.
        self.assert_verified(archive)
        match after:
            case "drain": self.drained(manifest)
            case "repack": self.repacked(archive, "small")
            case _: self.assertEqual(mailcask(after, archive).status, DONE)
        found = streams(archive)
        for name, digest in sorted(self.streams.items())[:-1]:
            self.assertEqual(found[name], digest)
        self.assert_sound(archive)
        shutil.rmtree(os.path.dirname(folder), ignore_errors=True)
        return result.status == -signal.SIGKILL

    def test_whoever_reads_meanwhile_finds_every_message(self):
        _, archive, _ = self.copy()
        over = threading.Event()
        failures = []

        def repack_to_and_fro():
            for choice in ("balanced", "fast") * 6:
                result = mailcask("repack", archive, "--compression", choice)
                if result.status != DONE:
                    failures.append(result.text)
            over.set()

        thread = threading.Thread(target=repack_to_and_fro)
        thread.start()
        rounds = 0
        while not over.is_set():
            self.assert_verified(archive)
            target = os.path.join(self.fresh_folder(), "exported")
            exported = mailcask("export", archive, target, "--format", "eml")
            self.assertEqual(exported.status, DONE, exported.text[-2000:])
            self.assert_holds(digests_in(target), held_by_account(self.truth))
            rounds += 1
        thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(rounds, 0)
        self.assert_sound(archive)


if __name__ == "__main__":
    main()
