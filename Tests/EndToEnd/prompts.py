#!/usr/bin/env python3
"""Passwords that are asked for on a terminal."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time

from _common import *


class TerminalSession:
    """The program in the foreground of a terminal of its own."""

    def __init__(self, *arguments, cwd, program=MAILCASK):
        self.master, self.slave = pty.openpty()
        self.shown = b""

        def own_terminal():
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            # Whoever runs the tests in the background may have had them ignored.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)

        self.child = subprocess.Popen(
            [program, *arguments], stdin=subprocess.DEVNULL, stdout=self.slave, stderr=self.slave, cwd=cwd,
            preexec_fn=own_terminal, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})

    @property
    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def wait_for(self, what, seconds=30):
        """Until `what` is true; reads what is shown meanwhile."""
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until:
                raise AssertionError(f"not in time: {self.shown[-500:]!r}")
            if select.select([self.master], [], [], 0.02)[0]:
                self.shown += os.read(self.master, 4096)

    def wait_for_question(self, account):
        question = f"Password of {account}: ".encode()
        self.wait_for(lambda: self.shown.endswith(question) and not self.echoes)

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        """The exit status, when all was read."""
        self.wait_for(lambda: self.child.poll() is not None)
        while select.select([self.master], [], [], 0.1)[0]:
            self.shown += os.read(self.master, 4096)
        return self.child.returncode

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self.master)
        os.close(self.slave)


class Prompts(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = cls.server.users()[:3]
        cls.held = held_by_account(cls.server.truth())

    def manifest(self, asked, others=()):
        folder = self.fresh_folder()
        accounts = "".join(account_text(user, password=None) + "password-prompt = true\n" for user in asked)
        accounts += "".join(account_text(user) for user in others)
        return folder, write_manifest(folder, self.server, [], accounts=accounts)

    def session(self, command, asked, *options, others=()):
        folder, manifest = self.manifest(asked, others)
        session = TerminalSession(command, manifest, *options, cwd=folder)
        self.addCleanup(session.close)
        return session, os.path.join(folder, "archive")

    def test_each_account_is_asked_for_once_before_any_begins_and_nothing_is_shown(self):
        ann, bob, eve = self.users
        session, archive = self.session("drain", [ann, bob], others=[eve])
        for user in (ann, bob):
            session.wait_for_question(user)
            self.assertNotIn(b"accounts, ", session.shown, "the display is not drawn yet")
            session.type(f"pw-{user}\n")
        self.assertEqual(session.end(), DONE, session.shown)
        self.assertTrue(session.echoes)
        check_no_secret(session.shown)
        self.assertEqual(session.shown.count(b"Password of "), 2)
        self.assert_listed(archive, {user: self.held[user] for user in self.users})

    def test_other_commands_ask_too(self):
        session, _ = self.session("check", self.users[:1])
        session.wait_for_question(self.users[0])
        session.type(f"pw-{self.users[0]}\n")
        self.assertEqual(session.end(), DONE, session.shown)
        self.assertIn(b" ok ", session.shown)

    def test_a_wrong_or_missing_answer_fails_one_account(self):
        ann, bob, eve = self.users
        session, archive = self.session("drain", [ann, bob], "--quiet", others=[eve])
        session.wait_for_question(ann)
        session.type("\x04")
        session.wait_for_question(bob)
        session.type("nonsense-4711\n")
        self.assertEqual(session.end(), REFUSED)
        self.assertIn(b"no password was entered; run again", session.shown)
        self.assertIn(b"refuses the login of", session.shown)
        self.assertNotIn(b"nonsense-4711", session.shown)
        self.assert_listed(archive, {eve: self.held[eve]})

    def test_without_a_terminal_one_account_fails(self):
        ann, bob, _ = self.users
        folder, manifest = self.manifest([ann], [bob])
        run = mailcask("drain", manifest, "--quiet", before=os.setsid)
        self.assertEqual(run.status, REFUSED)
        self.assertIn("`password-prompt` has no terminal to ask at; run mailcask in the foreground", run.text)
        self.assert_listed(os.path.join(folder, "archive"), {bob: self.held[bob]})

    def test_a_key_that_interrupts_ends_the_run_and_the_terminal_echoes_again(self):
        session, _ = self.session("drain", self.users, "--quiet")
        session.wait_for_question(self.users[0])
        session.type("half a passw\x03")
        self.assertEqual(session.end(), 130, session.shown)
        self.assertTrue(session.echoes)
        self.assertEqual(session.shown.count(b"Password of "), 1)
        self.assertNotIn(b"half a passw", session.shown)

    def test_whatever_signal_ends_a_command_the_terminal_echoes_again(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number=number):
                session, _ = self.session("check", self.users[:1])
                session.wait_for_question(self.users[0])
                session.child.send_signal(number)
                self.assertEqual(session.end(), -number, session.shown)
                self.assertTrue(session.echoes)

    def test_a_key_that_stops_it_lets_the_terminal_echo_until_it_goes_on(self):
        script = 'MAILCASK "$@"; echo stopped; read line < /dev/tty; fg > /dev/null; echo ended $?'
        folder, manifest = self.manifest(self.users[:1])
        session = TerminalSession(
            "-mc", script.replace("MAILCASK", quoted(MAILCASK)), "sh", "drain", manifest, "--quiet", cwd=folder,
            program="/bin/sh")
        self.addCleanup(session.close)
        session.wait_for_question(self.users[0])
        session.type("\x1a")
        session.wait_for(lambda: b"stopped" in session.shown)
        self.assertTrue(session.echoes)
        session.type("\n")
        session.wait_for(lambda: not session.echoes)
        session.type(f"pw-{self.users[0]}\n")
        session.wait_for(lambda: b"ended 0" in session.shown)
        session.end()
        self.assertTrue(session.echoes)
        check_no_secret(session.shown)
        self.assert_listed(os.path.join(folder, "archive"), {self.users[0]: self.held[self.users[0]]})

    def test_a_signal_that_cannot_stop_it_shows_no_password_afterwards(self):
        # Without a shell that could let it go on, the system does not stop it.
        session, _ = self.session("check", self.users[:1])
        session.wait_for_question(self.users[0])
        session.child.send_signal(signal.SIGTSTP)
        time.sleep(0.3)
        self.assertFalse(session.echoes)
        session.type(f"pw-{self.users[0]}\n")
        self.assertEqual(session.end(), DONE, session.shown)
        self.assertTrue(session.echoes)
        check_no_secret(session.shown)


if __name__ == "__main__":
    main()
