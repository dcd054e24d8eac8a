#!/usr/bin/env python3
"""Stands between clients and a server on loopback, and makes the way between them long.

    python3 Fixtures/delay_proxy.py PORT --round-trip MS [--host localhost]

Prints the port that it listens on at 127.0.0.1, and ends when its standard input does. Each piece of what one side
sends reaches the other half a round trip later, in order and unchanged; an end of stream travels the same way. At most
4 MiB are under way in each direction of a connection, then the sender waits.

The kernel accepts a connection at once, so a client's connect() returns without delay. What the handshake would have
cost is charged behind it: nothing of the client leaves before a whole round trip has passed, and the server is
connected to when the client's last word of the handshake would reach it, after one and a half. So the first answer
arrives two round trips after the connect, or the greeting of a server that speaks first, as over a real distance.

It imitates distance alone: no slow start, no loss, no limit of bandwidth. Time is kept to half a millisecond.
"""

import argparse
import collections
import selectors
import socket
import sys
import time

RECEIVE_OCTETS = 256 << 10
UNDER_WAY_OCTETS = 4 << 20
# a wait is rounded up to milliseconds by epoll, so what is nearly due is due
TOLERANCE_SECONDS = 0.0005


class Direction:
    """What one side of a connection sends to the other."""

    def __init__(self, connection):
        self.connection = connection
        self.source = self.sink = None
        # pieces that are due and not written yet; an empty one is the end of the stream
        self.due = collections.deque()
        # octets that are read and not written yet
        self.under_way = 0
        self.is_read_out = self.is_finished = False

    @property
    def wants_to_read(self):
        return not self.is_read_out and self.under_way < UNDER_WAY_OCTETS

    def read(self):
        """The next piece, if there is one; an empty one at the end of the stream."""
        try:
            piece = self.source.recv(RECEIVE_OCTETS)
        except BlockingIOError:
            return None
        self.under_way += len(piece)
        self.is_read_out = not piece
        return piece

    def write(self):
        """Writes what is due, as far as the other side takes it."""
        while self.due:
            piece = self.due[0]
            if not piece:
                self.sink.shutdown(socket.SHUT_WR)
                self.is_finished = True
                self.due.clear()
                return
            try:
                count = self.sink.send(piece)
            except BlockingIOError:
                return
            self.under_way -= count
            if count < len(piece):
                self.due[0] = piece[count:]
            else:
                self.due.popleft()


class Connection:
    """A client, the server that it talks to through the proxy, and both directions between them."""

    def __init__(self, client):
        self.client, self.server = client, None
        self.to_server, self.to_client = Direction(self), Direction(self)
        self.to_server.source = self.to_client.sink = client
        self.is_open = True

    def connect(self, address):
        self.server = socket.create_connection(address)
        prepare(self.server)
        self.to_client.source = self.to_server.sink = self.server

    def sides(self):
        """(socket, the direction that it is the source of, the direction that it is the sink of)"""
        yield self.client, self.to_server, self.to_client
        if self.server:
            yield self.server, self.to_client, self.to_server

    @property
    def is_finished(self):
        return self.to_server.is_finished and self.to_client.is_finished


def prepare(stream):
    stream.setblocking(False)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Proxy:
    """One thread for all connections. Delays are few and constant, so what is to come stands in one queue for each."""

    def __init__(self, listener, address, round_trip):
        self.listener, self.address = listener, address
        self.round_trip = round_trip
        # delay in round trips -> (when, what to call, its arguments), the earliest first
        self.agenda = {0.5: collections.deque(), 1.0: collections.deque()}
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, self.accept)
        self.selector.register(sys.stdin, selectors.EVENT_READ, self.end)
        self.runs = True

    def after(self, part, action, *arguments):
        """Calls the action when so many round trips have passed."""
        self.agenda[part].append((time.monotonic() + part * self.round_trip, action, arguments))

    def run(self):
        while self.runs:
            waiting = [queue[0][0] for queue in self.agenda.values() if queue]
            timeout = max(0, min(waiting) - time.monotonic() - TOLERANCE_SECONDS) if waiting else None
            for key, events in self.selector.select(timeout):
                key.data(events)
            self.do_what_is_due()

    def do_what_is_due(self):
        now = time.monotonic() + TOLERANCE_SECONDS
        for queue in self.agenda.values():
            while queue and queue[0][0] <= now:
                _, action, arguments = queue.popleft()
                action(*arguments)

    def end(self, _):
        self.runs = False

    def accept(self, _):
        client, _ = self.listener.accept()
        prepare(client)
        connection = Connection(client)
        self.after(1.0, self.begin, connection)

    def begin(self, connection):
        # In this order, so that the server is connected to before anything for it arrives.
        self.after(0.5, self.open, connection)
        self.watch(connection)

    def open(self, connection):
        if connection.is_open:
            self.attempt(connection, lambda: connection.connect(self.address))

    def attempt(self, connection, action):
        """A connection that fails on one side is closed on both."""
        try:
            action()
        except OSError:
            self.close(connection)
        else:
            self.watch(connection)

    def watch(self, connection):
        """Has the selector wait for what can be done next on both sides."""
        if not connection.is_open:
            return
        if connection.is_finished:
            self.close(connection)
            return
        for stream, outgoing, incoming in connection.sides():
            wanted = (selectors.EVENT_READ if outgoing.wants_to_read else 0) | (
                selectors.EVENT_WRITE if incoming.due else 0)
            known = self.selector.get_map().get(stream)
            if known and not wanted:
                self.selector.unregister(stream)
            elif known and known.events != wanted:
                self.selector.modify(stream, wanted, known.data)
            elif wanted and not known:
                self.selector.register(stream, wanted, self.handler(connection, outgoing, incoming))

    def handler(self, connection, outgoing, incoming):
        def handle(events):
            if events & selectors.EVENT_READ and connection.is_open:
                self.attempt(connection, lambda: self.pass_on(outgoing))
            if events & selectors.EVENT_WRITE and connection.is_open:
                self.attempt(connection, incoming.write)
        return handle

    def pass_on(self, direction):
        piece = direction.read()
        if piece is not None:
            self.after(0.5, self.arrive, direction, memoryview(piece))

    def arrive(self, direction, piece):
        if direction.connection.is_open:
            direction.due.append(piece)
            self.attempt(direction.connection, direction.write)

    def close(self, connection):
        if not connection.is_open:
            return
        connection.is_open = False
        for stream, _, _ in connection.sides():
            if stream in self.selector.get_map():
                self.selector.unregister(stream)
            stream.close()


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("port", type=int)
    options.add_argument("--host", default="localhost")
    options.add_argument("--round-trip", type=float, required=True, metavar="MS")
    chosen = options.parse_args()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        listener.setblocking(False)
        print(listener.getsockname()[1], flush=True)
        Proxy(listener, (chosen.host, chosen.port), chosen.round_trip / 1000).run()


if __name__ == "__main__":
    main()
