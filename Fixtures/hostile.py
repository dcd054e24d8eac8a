#!/usr/bin/env python3
"""Sets mail programs on servers that misbehave by script, compares what they stored with the truth, and prints a table.

hostile.sh installs and builds what this needs, and explains the options.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import hostile_clients  # noqa: E402
import hostile_run  # noqa: E402
import hostile_verdict  # noqa: E402

RUN_LIMIT = 3
GAME_LIMIT = 10

Scenario = collections.namedtuple("Scenario", "name stages wire summary")
Contender = collections.namedtuple("Contender", "client deletes")


def label(contender):
    return contender.client.name + (", deleting" if contender.deletes else "")


class Server:
    """mailcask-bench playing a scenario."""

    user = "user0"
    password = "secret"

    def __init__(self, program, scenario, folder, plain):
        in_clear = scenario.wire == "clear" or (plain and scenario.wire == "any")
        self.ca_file = None if in_clear else os.path.join(folder, "ca.pem")
        options = ["--ca-file", self.ca_file] if self.ca_file else []
        self.process = subprocess.Popen(
            [program, "serve", "--scenario", scenario.name, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.port = int(self.process.stdout.readline())

    def begin_next_stage(self):
        self.process.stdin.write("next\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def finish(self):
        """Stops it; what became of each message, as lines of JSON."""
        said, _ = self.process.communicate()
        return said.splitlines()


def play(scenario, contender, folder, options):
    """Plays all stages of a scenario to one program."""
    os.makedirs(folder)
    server = Server(options.server, scenario, folder, options.plain)
    runs, says_well = [], False
    try:
        client = contender.client(folder, server, contender.deletes)
        hostile_run.give_to_ordinary_user(folder)
        for stage in range(scenario.stages):
            if stage > 0:
                server.begin_next_stage()
            for _ in range(RUN_LIMIT):
                runs.append(hostile_run.run(client, options.seconds, len(runs) + 1))
                says_well = not runs[-1].ended_as and client.succeeded(runs[-1].status, runs[-1].errors)
                if says_well:
                    break
        client.collect()
    finally:
        outcome = server.finish()
    with open(os.path.join(folder, "outcome.jsonl"), "w", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in outcome)
    verdict = hostile_verdict.judge(
        outcome, hostile_verdict.messages_in(client.maildir), client.added_fields, says_well,
        sum(one.ended_as == "hung" for one in runs), sum(one.ended_as == "runaway" for one in runs))
    return verdict, runs


def play_fairly(scenario, contender, folder, options):
    """Plays again where the program failed by an accident of its own."""
    for number in range(1, GAME_LIMIT + 1):
        verdict, runs = play(scenario, contender, os.path.join(folder, f"game{number}"), options)
        accident = contender.client.accident
        if not accident or not any(accident in one.errors for one in runs):
            break
    return verdict, runs


def play_all(scenarios, contenders, folder, options):
    """(scenario, contender) -> (verdict, runs)"""
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        games = {
            (scenario, contender): pool.submit(
                play_fairly, scenario, contender, os.path.join(folder, scenario.name, label(contender).replace(", ", "-")), options)
            for scenario in scenarios for contender in contenders}
        return {key: game.result() for key, game in games.items()}


def totals(verdicts):
    """In how many scenarios each of the grave things happened."""
    counts = {name: sum(getattr(one, name) > 0 for one in verdicts) for name in hostile_verdict.GRAVE}
    return ", ".join(f"{name} in {count}" for name, count in counts.items() if count) or "nothing grave"


def print_table(rows, as_markdown=False):
    """The first row is the header."""
    if as_markdown:
        rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        for row in rows:
            print("| " + " | ".join(row) + " |")
        return
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def print_results(scenarios, contenders, results, as_markdown):
    harmless = []
    rows = [["scenario", "what the server does", *map(label, contenders)]]
    for scenario in scenarios:
        texts = [results[scenario, one][0].text() for one in contenders]
        if set(texts) == {"ok"}:
            harmless.append(scenario.name)
        else:
            rows.append([scenario.name, scenario.summary, *texts])
    rows.append(["all", "", *(totals([results[scenario, one][0] for scenario in scenarios]) for one in contenders)])
    print_table(rows, as_markdown)
    if harmless:
        print(f"\nAll were ok in: {', '.join(harmless)}.")


def print_json(results):
    for (scenario, contender), (verdict, runs) in results.items():
        print(json.dumps({
            "scenario": scenario.name, "program": contender.client.name, "deletes": contender.deletes,
            **dataclasses.asdict(verdict), "runs": [dataclasses.asdict(one) for one in runs]}))


def chosen_scenarios(options):
    lines = subprocess.run(
        [options.server, "serve", "--list-scenarios"], check=True, stdout=subprocess.PIPE, text=True).stdout
    scenarios = [
        Scenario(name, int(stages), wire, summary)
        for name, stages, wire, summary in (line.split("\t") for line in lines.splitlines())]
    unknown = set(options.scenario or ()) - {scenario.name for scenario in scenarios}
    if unknown:
        sys.exit(f"hostile: there is no scenario {', '.join(sorted(unknown))}; --list shows all")
    return [one for one in scenarios if not options.scenario or one.name in options.scenario]


def chosen_contenders(options):
    return [
        Contender(client, deletes) for client in hostile_clients.CLIENTS for deletes in (False, True)
        if not options.only or client.name in options.only]


def parsed_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("--mailcask", default="")
    parser.add_argument("--server", required=True)
    parser.add_argument("--only", action="append", choices=[client.name for client in hostile_clients.CLIENTS])
    parser.add_argument("--scenario", action="append")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work")
    return parser.parse_args()


def main():
    options = parsed_options()
    options.server = os.path.abspath(options.server)
    scenarios, contenders = chosen_scenarios(options), chosen_contenders(options)
    if options.list:
        header = ["scenario", "stages", "over", "what the server does"]
        return print_table([header, *([str(part) for part in one] for one in scenarios)])

    work = os.path.abspath(options.work or tempfile.mkdtemp(prefix="mailcask-hostile."))
    try:
        os.makedirs(work, exist_ok=True)
        os.chmod(work, 0o755)
        if options.mailcask:
            # where an ordinary user can run it
            hostile_clients.Mailcask.program = shutil.copy(options.mailcask, os.path.join(work, "mailcask"))
        versions = hostile_clients.versions(dict.fromkeys(one.client.name for one in contenders))
        results = play_all(scenarios, contenders, work, options)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    if options.json:
        return print_json(results)
    print_results(scenarios, contenders, results, options.markdown)
    print(f"\nWith {', '.join(versions)}.")


if __name__ == "__main__":
    main()
