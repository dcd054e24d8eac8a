#!/usr/bin/env python3
"""Counts the instructions of the hot loops, and compares them with what is kept in Tests/instructions.txt.

    python3 Tests/instructions.py [--update] [NAME ...]

Each loop is a measurement of mailcask-bench, run twice under callgrind, once with more repetitions: the difference is
what the repetitions cost, without start-up. Such counts hardly vary from run to run or with the load of the machine,
so a change that makes a loop dearer shows at once. They depend on the compiler, on the libraries and on the
instructions that valgrind knows: SHA and AVX-512 are counted as what stands in for them.

--update writes the counts to the file, which is committed with the change that they belong to. Without it the exit
status is 1 where a loop takes over 3 % more than what is kept. NAMEs choose loops by a part of their name. Needs the
Debian package valgrind; takes about ten minutes for all of them.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).resolve().parent.parent
KEPT = PACKAGE / "Tests/instructions.txt"
TOLERANCE = 1.03
MEGABYTES = 8
# Of mailcask-bench, in the order of a message's way.
LOOPS = (
    "unstuff base64",
    "unstuff text with dots",
    "SHA-256 of whole messages",
    "cut into segments",
    "receive: cut, digest, facts",
    "header facts",
    "compress members, fast",
    "compress members, balanced",
    "inflate members, fast",
    "append and commit, fast",
    "look up known of 10000 segments",
    "look up new beside 10000 segments",
    "insert 20000 segments, one commit",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--update", action="store_true", help="keep the counts")
    parser.add_argument("names", nargs="*", help="parts of the names of loops; all without any")
    options = parser.parse_args()
    chosen = [loop for loop in LOOPS if not options.names or any(name in loop for name in options.names)]
    if not chosen:
        parser.error("no loop is called like that: " + ", ".join(LOOPS))
    subprocess.run(["swift", "build", "-c", "release", "--product", "mailcask-bench"], cwd=PACKAGE, check=True)
    kept = read_kept()
    with tempfile.TemporaryDirectory() as folder:
        # valgrind gives up at debugging information that is newer than itself
        bench = f"{folder}/mailcask-bench"
        subprocess.run(["strip", "-g", "-o", bench, PACKAGE / ".build/release/mailcask-bench"], check=True)
        compare(bench, chosen, kept, options.update)


def compare(bench, chosen, kept, is_update):
    counts = {}
    is_dearer = False
    print(f"{'loop':36} {'instructions':>14} {'kept':>10} {'ratio':>7}", flush=True)
    for loop in chosen:
        count, unit = measure(bench, loop)
        counts[loop] = (count, unit)
        before = kept.get(loop, (None, unit))[0]
        ratio = count / before if before else None
        is_dearer |= ratio is not None and ratio > TOLERANCE
        print(f"{loop:36} {count:10.2f} {unit:3} {before or '-':>10} {f'{ratio:.3f}' if ratio else '-':>7}", flush=True)
    if is_update:
        write_kept(kept | counts)
    elif is_dearer:
        sys.exit("a loop takes more than it did: mend it, or keep the new count with --update and say why")


def measure(bench, loop):
    """Instructions of one repetition for each octet or item, and which of the two."""
    few, _ = run(bench, loop, 1)
    many, summary = run(bench, loop, 3)
    per_item = summary["byteCount"] == 0
    count = summary["itemCount"] if per_item else summary["byteCount"]
    return (many - few) / 2 / count, "/it" if per_item else "/oc"


def run(bench, loop, repetitions):
    """Instructions of the whole process, and what it measured."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", bench, "--json"]
    command += ["--filter", loop, "--runs", str(repetitions), "--megabytes", str(MEGABYTES)]
    # Swift's hashes begin with a random number otherwise.
    environment = os.environ | {"SWIFT_DETERMINISTIC_HASHING": "1"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    found = re.search(r"Collected\s*:\s*(\d+)", result.stderr)
    if result.returncode != 0 or not found:
        sys.exit(f"{' '.join(command)}: exit status {result.returncode}\n{result.stderr[-2000:]}")
    return int(found[1]), json.loads(result.stdout.splitlines()[0])


def read_kept():
    counts = {}
    for line in KEPT.read_text().splitlines() if KEPT.exists() else []:
        if line and not line.startswith("#"):
            name, count, unit = line.rsplit(maxsplit=2)
            counts[name.strip()] = (float(count), unit)
    return counts


def write_kept(counts):
    head = (
        "# Instructions of the hot loops: for each octet of mail (/oc), or for each item (/it), by callgrind.\n"
        "# Made by: python3 Tests/instructions.py --update\n"
    )
    lines = [f"{loop:36} {counts[loop][0]:10.2f} {counts[loop][1]}\n" for loop in LOOPS if loop in counts]
    KEPT.write_text(head + "".join(lines))


if __name__ == "__main__":
    main()
