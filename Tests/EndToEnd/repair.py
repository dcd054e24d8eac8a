#!/usr/bin/env python3
"""An archive of real mail is damaged, verified, repaired, and restored without mailcask.

REPAIR_SEED (random, printed) may be set in the environment.
"""

import os
import random
import shutil
import signal
import time

from _common import *

SEED = int(os.environ.get("REPAIR_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)


class Repairing(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = ["ann", "bob", "carla", "dmitri"]
        cls.truth = [record for record in cls.server.truth() if record["user"] in cls.users]
        cls.expected = held_by_account(cls.truth)
        cls.originals = {}
        for form in ("tar", "mbox"):
            folder = os.path.join(cls.folder, form)
            os.makedirs(folder)
            manifest = write_manifest(
                folder, cls.server, cls.users, archive=f'format = "{form}"\nvolume-bytes = "1 MiB"')
            first = mailcask("drain", manifest)
            assert first.status == DONE, first.text[-3000:]
            cls.originals[form] = folder

    def copy(self, form="tar"):
        """An archive of its own, and its manifest."""
        folder = os.path.join(self.fresh_folder(), "copy")
        shutil.copytree(self.originals[form], folder)
        return os.path.join(folder, "archive"), os.path.join(folder, "accounts.toml")

    def files(self, archive):
        """Files of mail that hold something."""
        found = [
            os.path.join(path, name) for part in ("volumes", "mbox")
            for path, _, names in os.walk(os.path.join(archive, part)) for name in names]
        return sorted(name for name in found if os.path.getsize(name) > 3000)

    def flip(self, path, dice):
        data = bytearray(read(path))
        data[dice.randrange(len(data) // 4, len(data))] ^= 0x55
        os.chmod(path, 0o600)
        write(path, bytes(data))

    def listed(self, archive):
        found = {}
        for line in mailcask("list", archive, "--json").json:
            found.setdefault(line["account"], set()).add(line["id"])
        return found

    def lost_of(self, result):
        """Account -> IDs that a repair tells as lost."""
        lost = {}
        for digest, accounts in re.findall(r"lost: message ([0-9a-f]{64}) of ([^:]*): ", result.err.decode()):
            for account in accounts.split(", "):
                lost.setdefault(account, set()).add(digest)
        return lost

    def check_restored(self, archive, expected):
        """By the plain tools: every message that is expected, byte for byte."""
        folder = os.path.join(self.fresh_folder(), "r")
        os.makedirs(folder)
        for volume in volumes(archive):
            done = subprocess.run(["tar", "-xzf", volume, "-C", folder], stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr), (0, b""), volume)
        for account, digests in expected.items():
            for digest in digests:
                place = os.path.join(folder, "mail", account, digest)
                if os.path.exists(place + ".parts"):
                    data = b"".join(read(os.path.join(folder, part)) for part in read(place + ".parts").decode().split())
                else:
                    data = read(place + ".eml")
                self.assertEqual(sha256(data), digest)

    def check_mboxes(self, archive, expected):
        folder = os.path.join(self.fresh_folder(), "mboxes")
        unzip_mboxes(archive, folder)
        self.assert_mboxes_hold(folder, expected)

    def test_damage_is_named_repaired_from_a_backup_and_gone(self):
        dice = random.Random(SEED)
        print(f"  seed {SEED}")
        for form in ("tar", "mbox"):
            backup, _ = self.copy(form)
            archive, manifest = self.copy(form)
            damaged = dice.sample(self.files(archive), 2)
            for path in damaged:
                self.flip(path, dice)
            verified = mailcask("verify", archive)
            self.assertEqual(verified.status, DAMAGED)
            for path in damaged:
                self.assertIn(os.path.relpath(path, archive), verified.err.decode())
            result = mailcask("repair", archive, "--from", backup)
            self.assertEqual(result.status, DONE, f"seed {SEED}: {result.text[-2000:]}")
            self.assert_verified(archive)
            self.assert_listed(archive, self.expected)
            if form == "tar":
                self.check_restored(archive, self.expected)
            else:
                self.check_mboxes(archive, self.expected)
            self.assertIn(b"nothing to repair", mailcask("repair", archive).out)
            mark = self.server.mark()
            self.drained(manifest)
            self.assertEqual(self.server.retrieved(mark)[0], 0)

    def test_what_no_copy_is_left_of_is_told_forgotten_and_fetched_again(self):
        dice = random.Random(SEED)
        for form in ("tar", "mbox"):
            archive, manifest = self.copy(form)
            self.flip(dice.choice(self.files(archive)), dice)
            result = mailcask("repair", archive)
            lost = self.lost_of(result)
            self.assertEqual(result.status, DAMAGED if lost else DONE, f"seed {SEED}: {result.text[-2000:]}")
            kept = {account: digests - lost.get(account, set()) for account, digests in self.expected.items()}
            self.assert_listed(archive, {account: digests for account, digests in kept.items() if digests})
            self.assert_verified(archive)
            self.assertEqual(mailcask("reindex", archive).status, DONE)
            if form == "tar":
                self.check_restored(archive, kept)
            mark = self.server.mark()
            self.drained(manifest)
            fetched = self.server.retrieved(mark)[0]
            self.assertGreaterEqual(fetched, sum(map(len, lost.values())))
            self.assertLessEqual(fetched, 2 * sum(map(len, lost.values())))
            self.assert_listed(archive, self.expected)
            self.assert_verified(archive)
            if form == "mbox":
                self.check_mboxes(archive, self.expected)
            if form == "tar":
                restored = restore(archive, os.path.join(self.fresh_folder(), "r"))
                self.assert_holds(digests_in(restored, ".eml"), self.expected)

    def test_a_lost_volume_is_put_back_from_a_backup_bit_by_bit(self):
        backup, _ = self.copy()
        archive, _ = self.copy()
        path = volumes(archive)[0]
        whole = read(path)
        os.remove(path)
        result = mailcask("repair", archive, "--from", os.path.join(backup, "volumes", os.path.basename(path)))
        self.assertEqual(result.status, DONE, result.text[-2000:])
        self.assertIn(b"put back", result.out)
        self.assertEqual(read(path), whole)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o400)
        self.assert_archive_sound(archive, self.truth)

    def test_a_repair_that_is_killed_makes_nothing_worse(self):
        dice = random.Random(SEED)
        backup, _ = self.copy()
        damaged, _ = self.copy()
        for path in dice.sample(self.files(damaged), 2):
            self.flip(path, dice)
            os.remove(os.path.join(backup, os.path.relpath(path, damaged)))
        trial = os.path.join(self.fresh_folder(), "trial")
        shutil.copytree(damaged, trial)
        started = time.monotonic()
        lost = self.lost_of(mailcask("repair", trial, "--from", backup))
        seconds = time.monotonic() - started
        kept = self.listed(trial)
        killed = 0
        for _ in range(8):
            archive = os.path.join(self.fresh_folder(), "archive")
            shutil.copytree(damaged, archive)
            run = RunningMailcask("repair", archive, "--from", backup, cwd=os.path.dirname(archive))
            time.sleep(dice.uniform(0.02, seconds))
            run.signal(signal.SIGKILL)
            killed += run.result().status == -signal.SIGKILL
            if dice.random() < 0.3:
                without_catalog(archive)
            again = mailcask("repair", archive, "--from", backup)
            self.assertEqual(again.status, DAMAGED if self.lost_of(again) else DONE, f"seed {SEED}: {again.text[-2000:]}")
            self.assert_listed(archive, kept)
            self.assert_verified(archive)
            self.check_restored(archive, kept)
        self.assertGreater(killed, 0)
        print(f"  {killed} kills; {sum(map(len, lost.values()))} messages had no copy left")


if __name__ == "__main__":
    main()
