#!/usr/bin/env python3
"""Fixtures/delay_proxy.py, by which the race has distance: what it delays, and that it alters nothing."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
import unittest

from _common import *

ROUND_TRIP_SECONDS = 0.08
# The proxy takes what is due within half a millisecond for due, at each end.
TOLERANCE_SECONDS = 0.002


class EchoServer:
    """Greets, sends back what it gets, and ends after the client has."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(stream,), daemon=True).start()

    def answer(self, stream):
        with stream:
            stream.sendall(b"+OK\r\n")
            while piece := stream.recv(65536):
                stream.sendall(piece)


class Distance(unittest.TestCase):
    def setUp(self):
        server = EchoServer()
        self.addCleanup(server.listener.close)
        proxy = subprocess.Popen(
            [sys.executable, os.path.join(FIXTURES, "delay_proxy.py"), str(server.port), "--round-trip",
             str(ROUND_TRIP_SECONDS * 1000)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(proxy.communicate)
        self.port = int(proxy.stdout.readline())

    def connected(self):
        stream = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.addCleanup(stream.close)
        return stream

    def assert_took_round_trips(self, count, start):
        self.assertGreaterEqual(time.monotonic() - start, count * ROUND_TRIP_SECONDS - TOLERANCE_SECONDS)

    def test_a_greeting_comes_after_two_round_trips_and_each_answer_after_one(self):
        start = time.monotonic()
        stream = self.connected()
        self.assertEqual(stream.recv(100), b"+OK\r\n")
        self.assert_took_round_trips(2, start)
        for _ in range(3):
            start = time.monotonic()
            stream.sendall(b"x")
            self.assertEqual(stream.recv(100), b"x")
            self.assert_took_round_trips(1, start)

    def test_what_is_sent_at_once_is_not_heard_before_two_round_trips(self):
        start = time.monotonic()
        stream = self.connected()
        stream.sendall(b"early")
        heard = b""
        while len(heard) < len(b"+OK\r\nearly"):
            heard += stream.recv(100)
        self.assertEqual(heard, b"+OK\r\nearly")
        self.assert_took_round_trips(2, start)

    def test_many_connections_of_many_megabytes_arrive_unaltered_with_their_ends(self):
        sent = [os.urandom(1 << 20) * 12 for _ in range(4)]
        streams = [self.connected() for _ in sent]

        def send(stream, data):
            stream.sendall(data)
            stream.shutdown(socket.SHUT_WR)

        senders = [threading.Thread(target=send, args=pair) for pair in zip(streams, sent)]
        for sender in senders:
            sender.start()
        for stream, data in zip(streams, sent):
            digest = hashlib.sha256()
            while piece := stream.recv(1 << 18):
                digest.update(piece)
            self.assertEqual(digest.digest(), hashlib.sha256(b"+OK\r\n" + data).digest())
        for sender in senders:
            sender.join()


if __name__ == "__main__":
    main()
