#!/usr/bin/env python3
"""Other ways to a server than the network itself: the real program, by commands and a Unix socket, to a real Dovecot."""

import contextlib
import os
import selectors
import signal
import socket
import threading
import time

from _common import *

# Carries its standard input and output to the address in its arguments, and from it.
RELAY = """import os, select, socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True:
    for f in select.select([0, s], [], [])[0]:
        b = os.read(0, 65536) if f == 0 else s.recv(65536)
        if not b: sys.exit(0)
        s.sendall(b) if f == 0 else os.write(1, b)
"""


class UnixGateway(threading.Thread):
    """Leads from a Unix socket to a port of this machine, one connection after the other."""

    def __init__(self, path, port):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.port = port
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            # A side that is gone ends its session, as the end of its stream does.
            with client, socket.create_connection(("localhost", self.port)) as server, contextlib.suppress(OSError):
                self.relay(client, server)

    @staticmethod
    def relay(client, server):
        with selectors.DefaultSelector() as waiting:
            waiting.register(client, selectors.EVENT_READ, server)
            waiting.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in waiting.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    key.data.sendall(data)


def is_running(pid):
    try:
        return read(f"/proc/{pid}/stat").split(b") ")[1][:1] != b"Z"
    except FileNotFoundError:
        return False


class Routes(EndToEndTest):
    def relay_command(self, folder):
        path = os.path.join(folder, "relay.py")
        write(path, RELAY)
        return f"exec python3 {path} %h %p"

    def test_what_came_by_a_command_is_known_by_a_Unix_socket_and_by_the_network(self):
        folder = self.fresh_folder()
        user = self.server.users()[0]
        truth = [record for record in self.server.truth() if record["user"] == user]
        archive = os.path.join(folder, "archive")
        path = os.path.join(folder, "pop.sock")
        UnixGateway(path, int(self.server.env["POP3S_PORT"]))
        fetched = []
        for keys in ({"tunnel_command": self.relay_command(folder)}, {"socket": path}, {}):
            mark = self.server.mark()
            self.drained(write_manifest(folder, self.server, accounts=account_text(user, **keys)))
            fetched.append(self.server.retrieved(mark)[0])
            self.assert_archive_sound(archive, truth)
        self.assertEqual(fetched, [len(truth), 0, 0])

    def with_a_silent_server(self, command):
        """A drain that waits behind a command for a server that falls silent; the ids that the command has written."""
        folder = self.fresh_folder()
        silent = StallingServer()
        pids = os.path.join(folder, "pids")
        account = account_text(
            "mute", host="127.0.0.1", port=silent.port, tls="none",
            tunnel_command=f"echo $$ >{pids}; {command.format(pids=pids)} {self.relay_command(folder)}")
        manifest = write_manifest(folder, self.server, accounts=account.rstrip() + "\nallow-cleartext = true\n")
        run = RunningMailcask("drain", manifest, cwd=folder)
        silent.wait_for_login()
        return run, [int(line) for line in read(pids).split()]

    def assert_gone(self, pids):
        until = time.monotonic() + 10
        while any(is_running(pid) for pid in pids):
            self.assertLess(time.monotonic(), until, f"of {pids} some are left")
            time.sleep(0.05)

    # Ignores that it is asked to end, and that its standard input has ended.
    STUBBORN = "sh -c 'trap \"\" TERM HUP INT; echo $$ >>{pids}; while :; do sleep 1; done' <&- >&- & sleep 0.3;"

    def test_a_signal_leaves_nothing_of_a_command_behind(self):
        run, pids = self.with_a_silent_server(self.STUBBORN)
        self.assertEqual(len(pids), 2)
        run.signal(signal.SIGINT)
        self.assertEqual(run.result(30).status, 130)
        self.assert_gone(pids)

    def test_a_second_signal_leaves_nothing_of_a_command_behind(self):
        run, pids = self.with_a_silent_server(self.STUBBORN)
        self.assertEqual(len(pids), 2)
        run.signal(signal.SIGTERM)
        time.sleep(0.5)
        run.signal(signal.SIGTERM)
        self.assertEqual(run.result(5).status, 143)
        self.assert_gone(pids)

    def test_a_command_that_heeds_the_end_of_its_input_is_gone_after_a_kill(self):
        run, pids = self.with_a_silent_server("")
        run.signal(signal.SIGKILL)
        run.result()
        self.assert_gone(pids)


if __name__ == "__main__":
    main()
