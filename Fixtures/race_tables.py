"""What the race prints: what each program took, and how mailcask's share stands beside what it must reach."""

import collections
import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Stage:
    """One way to the server, and how many accounts are fetched at a time."""

    # milliseconds; 0 is loopback without a proxy
    round_trip: float
    parallel: int

    def __str__(self):
        way = f"{self.round_trip:g} ms" if self.round_trip else "loopback"
        return f"{way}, {self.parallel} at a time"


@dataclasses.dataclass
class Row:
    """All runs of one program in one stage."""

    # whether the largest process is one of many
    is_run_by_account: bool = False
    walls: list = dataclasses.field(default_factory=list)
    cpus: list = dataclasses.field(default_factory=list)
    peaks_kib: list = dataclasses.field(default_factory=list)
    octets: list = dataclasses.field(default_factory=list)
    verdicts: set = dataclasses.field(default_factory=set)

    def add(self, usages, octets=None):
        """What one run took, or several that were needed one after the other."""
        self.walls.append(sum(one.wall for one in usages))
        self.cpus.append(sum(one.cpu for one in usages))
        self.peaks_kib.append(max(one.peak_kib for one in usages))
        if octets is not None:
            self.octets.append(octets)


@dataclasses.dataclass
class Mail:
    """What is fetched in one stage."""

    messages: int
    mailboxes: int
    octets: int

    def __str__(self):
        mailboxes = "mailbox" if self.mailboxes == 1 else "mailboxes"
        return f"{self.messages:,} messages of {self.mailboxes} {mailboxes}, {self.octets / 1e6:,.0f} MB"


class Results:
    """Stage -> title of a program -> Row"""

    def __init__(self):
        self.stages = collections.defaultdict(dict)
        # stage -> Mail
        self.mail = {}

    def row(self, stage, title, is_run_by_account=False):
        return self.stages[stage].setdefault(title, Row(is_run_by_account))

    def median(self, stage, title, what):
        """None where nothing was measured."""
        values = getattr(self.stages.get(stage, {}).get(title), what, None)
        return statistics.median(values) if values else None

    def ratio(self, stage, title, what, mine="mailcask"):
        """Of mailcask to another program."""
        share, other = self.median(stage, mine, what), self.median(stage, title, what)
        return share / other if share is not None and other else None


def again(title):
    """The row of the second run."""
    return f"{title}, nothing new"


def is_backup(title):
    return title.startswith("mpop, then ")


LOOPBACK, FAR, FAR_AND_MANY = Stage(0, 8), Stage(50, 1), Stage(50, 32)
# what the second table needs
STAGES = (LOOPBACK, FAR, FAR_AND_MANY)


def goals(results):
    """(work, at least, aim, measured): ratios of mailcask to others, None where nothing was measured."""
    ratio = results.ratio
    main = next((stage for stage, rows in results.stages.items() if any(map(is_backup, rows))), LOOPBACK)

    def best(name):
        """The smallest of what a program made of the mail by its several compressions."""
        titles = [title for title in results.stages.get(main, {}) if title.startswith(f"mpop, then {name}")]
        shares = [share for share in (ratio(main, title, "octets") for title in titles) if share is not None]
        return max(shares, default=None)

    yield f"whole job, {LOOPBACK}: client CPU against mpop's copy", 0.8, 0.5, ratio(LOOPBACK, "mpop", "cpus")
    yield "the same: wall against mpop's copy", 0.9, 0.6, ratio(LOOPBACK, "mpop", "walls")
    yield f"{FAR}: wall against mpop", 0.8, 0.6, ratio(FAR, "mpop", "walls")
    yield f"{FAR_AND_MANY}: wall against mpop by xargs -P 32", 0.8, 0.6, ratio(FAR_AND_MANY, "mpop", "walls")
    yield f"{main}: wall against mpop, then tar and pigz", 0.3, 0.2, ratio(main, "mpop, then tar and pigz", "walls")
    yield "the same: CPU", 0.3, 0.2, ratio(main, "mpop, then tar and pigz", "cpus")
    yield f"{FAR}: wall against getmail6", 0.1, 0.05, ratio(FAR, "getmail6", "walls")
    yield f"{FAR}: wall against fetchmail", 0.1, 0.05, ratio(FAR, "fetchmail", "walls")
    for stage in STAGES:
        yield (
            f"{stage}: second run, nothing new: wall against mpop's", 1.0, 0.5,
            ratio(stage, again("mpop"), "walls", mine=again("mailcask")))
    yield "archive against restic's smallest repository of the same mail", 0.7, 0.5, best("restic")
    yield "archive against borg's smallest repository of the same mail", 0.7, 0.5, best("borg")


def goal_rows(results):
    def cell(value):
        return "not measured" if value is None else f"{value:.2f}"

    yield ("work", "at least", "aim", "measured")
    for work, least, aim, measured in goals(results):
        yield work, f"{least:g}", f"{aim:g}", cell(measured)
    full = [stage for stage in results.stages if stage.parallel == 32 and results.mail[stage].mailboxes >= 32]
    peaks = [results.median(stage, "mailcask", "peaks_kib") for stage in full]
    peak = f"{max(peaks) * 1024 / 1e6:.0f} MB" if peaks and None not in peaks else cell(None)
    yield "peak memory, 32 connections", "64 MB", "40 MB", peak


def stage_rows(results, stage):
    yield ("program", "runs", "wall s", "CPU s", "peak MiB", "on disk", "of the mail", "mailcask's wall, CPU", "stored")
    for title, row in results.stages[stage].items():
        if not row.walls:
            yield title, "0", *[""] * 6, ", ".join(sorted(row.verdicts))
            continue
        wall, cpu, peak = (statistics.median(values) for values in (row.walls, row.cpus, row.peaks_kib))
        disk = share = ""
        if row.octets:
            octets = statistics.median(row.octets)
            disk = f"{octets / 1e6:.1f} MB"
            share = f"{100 * octets / results.mail[stage].octets:.1f} %"
        mine = again("mailcask") if title.endswith(again("")) else "mailcask"
        ratios = [results.ratio(stage, title, what, mine) for what in ("walls", "cpus")]
        yield (
            title, str(len(row.walls)), f"{wall:.2f}", f"{cpu:.3f}" if cpu < 1 else f"{cpu:.2f}",
            f"{peak / 1024:.1f}" + (" a process" if row.is_run_by_account else ""), disk, share,
            "" if None in ratios or title == mine else ", ".join(f"{one:.2f}" for one in ratios),
            ", ".join(sorted(row.verdicts)))


def print_table(rows, as_markdown):
    """The first row is the header."""
    rows = list(rows)
    if as_markdown:
        for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]]:
            print("| " + " | ".join(row) + " |")
        return
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0]), *(c.rjust(width) for c, width in zip(row[1:], widths[1:]))]).rstrip())


def show(results, as_markdown):
    for stage in results.stages:
        print(f"{stage}: {results.mail[stage]}\n")
        print_table(stage_rows(results, stage), as_markdown)
        print()
    print("mailcask's share of what the others take, and what it must reach:\n")
    print_table(goal_rows(results), as_markdown)
