"""What protection shows, and how long deciding and attacking take: the sample, other seeds of it, fourteen years.

With ``--before CTIP``, the command of another checkout, its release of the same records is timed in turns with ours.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from measure import COMMANDS, MAKE_SAMPLE, ROOT, Run, command, function, in_turns, report

SAMPLE, YEAR = ROOT / "data" / "sample", 2004
LONG, LONG_YEAR = "2003-2016", 2016
SEEDS = range(1, 11)
ROUNDS = 3


def main() -> None:
    """Print seconds of release, of deciding and attacking, and the share of cells that is shown."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--before", type=Path, help="the ctip command of another checkout")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as name:
        folder = Path(name)
        ctips = {"release, edition 2004 of the sample": COMMANDS / "ctip"}
        baselines = {}
        if given.before:
            ctips["the version before"] = given.before
            baselines = dict.fromkeys(ctips, "the version before")
        runs = in_turns(
            {label: lambda ctip=ctip: released(ctip, folder) for label, ctip in ctips.items()}, given.rounds
        )
        report("Release of the shipped sample", runs, baselines, ["highspy", "duckdb"])
        seeds = {f"seed {seed}": (made(folder / f"seed{seed}", "--seed", seed), YEAR) for seed in SEEDS}
        long = {f"{LONG}, edition {LONG_YEAR}": (made(folder / "long", "--years", LONG), LONG_YEAR)}
        cases = {"shipped sample, edition 2004": (SAMPLE, YEAR), **long, **seeds}
        found = {label: protected(*case) for label, case in cases.items()}
        print_shares(found, list(seeds))


def released(ctip: Path, folder: Path) -> Run:
    """One release of the sample into a folder that has no earlier edition."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        line = [ctip, "release", SAMPLE, "--year", str(YEAR), "--out", Path(out) / "editions"]
        return command(line, folder=ctip.resolve().parents[2])


def made(folder: Path, *options: object) -> Path:
    """Records of a further sample."""
    command([*MAKE_SAMPLE, folder, *map(str, options)], folder=ROOT)
    return folder


def protected(records: Path, year: int) -> Run:
    """Deciding and attacking, without reading and counting."""
    return function(decided, records, year, prepare=counted, conclude=shares)


def counted(records: Path, year: int) -> Any:
    from ctip_analysis.inside import count, load_records

    return count(load_records(records), year=year)


def decided(cells: Any) -> Any:
    from ctip_analysis.inside.safeguard import safe

    return safe(cells, [])


def shares(made: Any) -> tuple[int, int, int, str]:
    """Cells about persons, those withheld for themselves, all withheld, the rung of the ladder."""
    return made.decision.planned, made.decision.small, made.decision.withheld, made.rung


def print_shares(found: dict[str, Run], seeds: list[str]) -> None:
    """One row a case, then the least and the middle of the seeds."""
    print("\n| | processor s | peak MB | cells about persons | small | withheld | shown | withheld besides |")
    print("| --- " + "| ---: " * 6 + "| --- |")
    shown = {}
    for label, run in found.items():
        planned, small, withheld, rung = run.answer
        shown[label] = 1 - withheld / planned
        numbers = f"{planned:,} | {small:,} | {withheld:,} | {shown[label]:.0%}"
        print(f"| {label} | {run.cpu:.1f} | {run.peak_mb:,.0f} | {numbers} | {rung} |")
    of_seeds = [shown[label] for label in seeds]
    print(
        f"\nOver {len(seeds)} seeds: at least {min(of_seeds):.0%} shown, in the median {median(of_seeds):.0%}."
    )


if __name__ == "__main__":
    main()
