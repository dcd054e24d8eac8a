#!/usr/bin/env python3
"""Runs a command and writes down what it took; prints what was written down as a table.

    python3 Fixtures/measure.py run TABLE NAME [--path WHAT_IT_WROTE] -- COMMAND ...
    python3 Fixtures/measure.py show TABLE [--mail-octets N]

A table's line is JSON: name, wall and CPU seconds (user, sys: those of the command and all that it waited for), peak
memory in KiB (of its largest process) and the octets on disk below --path afterwards. `show` gives the median of the
lines of one name. Needs GNU time.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time


def octets_on_disk(path):
    return int(subprocess.run(["du", "-s", "-B1", path], check=True, stdout=subprocess.PIPE).stdout.split()[0])


def run(table, name, path, command):
    # GNU time stands between, as a process counts the memory of the one it was forked from, and Python is not small.
    with tempfile.NamedTemporaryFile("r", prefix="mailcask-time.") as usage:
        start = time.monotonic()
        code = subprocess.run(["time", "-f", "%U %S %M", "-o", usage.name, *command]).returncode
        wall = time.monotonic() - start
        if code != 0:
            sys.exit(f"measure: {name} ended with status {code}: {' '.join(command[:8])}")
        user, system, peak = usage.read().split()
    line = {
        "name": name, "wall": wall, "user": float(user), "sys": float(system), "peak": int(peak),
        "octets": octets_on_disk(path) if path else None,
    }
    with open(table, "a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
    print(f"    {name}: {wall:.2f} s, CPU {line['user'] + line['sys']:.2f} s, peak {line['peak'] / 1024:.1f} MiB")


def show(table, mail_octets):
    by_name = {}
    with open(table, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            by_name.setdefault(line["name"], []).append(line)

    def median(lines, *keys):
        return statistics.median(sum(line[key] for key in keys) for line in lines)

    rows = [("", "runs", "wall s", "CPU s", "user", "sys", "peak MiB", "on disk MB", "of the mail")]
    for name, lines in by_name.items():
        disk = share = ""
        if lines[-1]["octets"] is not None:
            octets = median(lines, "octets")
            disk = f"{octets / 1e6:.1f}"
            share = f"{100 * octets / mail_octets:.1f} %" if mail_octets else ""
        seconds = (median(lines, "wall"), median(lines, "user", "sys"), median(lines, "user"), median(lines, "sys"))
        peak = f"{median(lines, 'peak') / 1024:.1f}"
        rows.append((name, str(len(lines)), *(f"{value:.2f}" for value in seconds), peak, disk, share))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]))


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = options.add_subparsers(dest="what", required=True)
    running = commands.add_parser("run")
    running.add_argument("table")
    running.add_argument("name")
    running.add_argument("--path")
    showing = commands.add_parser("show")
    showing.add_argument("table")
    showing.add_argument("--mail-octets", type=int)
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    chosen = options.parse_args(words[:cut])
    if chosen.what == "run":
        run(chosen.table, chosen.name, chosen.path, words[cut + 1 :])
    else:
        show(chosen.table, chosen.mail_octets)


if __name__ == "__main__":
    main()
