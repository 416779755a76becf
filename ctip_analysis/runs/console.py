"""What a batch shows on a terminal: its plan, a live table or a line a report, a summary."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ctip_analysis.base.reference import described_path
from ctip_analysis.runs import run_record
from ctip_analysis.runs.batch import Progress, Watch
from ctip_analysis.runs.plan import Planned
from ctip_analysis.runs.run_record import DONE, RUNNING, UNCHANGED

_NAMED = 8  # running reports that the live table names


@contextmanager
def watching(is_silent: bool) -> Iterator[Watch]:
    """A function that shows progress: a live table on a terminal, elsewhere a line for each report that ended."""
    if is_silent:
        yield lambda progress: None
    elif sys.stderr.isatty():
        with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
            yield lambda progress: live.update(_table(progress))
    else:
        yield _line_a_report()


def _line_a_report() -> Callable[[Progress], None]:
    said: set[str] = set()

    def tell(progress: Progress) -> None:
        for name in [name for name in progress.outcomes if name not in said]:
            said.add(name)
            outcome = progress.outcomes[name]
            took = f"{outcome.seconds['all']:.1f} s" if "all" in outcome.seconds else "–"
            left = f", about {progress.seconds_left:.0f} s left" if progress.seconds_left else ""
            number = len(progress.states) - len(progress.named(UNCHANGED))
            say(f"{len(said)}/{number} {outcome.state}: {name} ({took}{left})")

    return tell


def _table(progress: Progress) -> Table:
    table = Table(title="Reports", title_justify="left", box=None)
    for column in ("state", "reports"):
        table.add_column(column)
    for state, number in Counter(progress.states.values()).items():
        names = progress.named(state)[:_NAMED]
        table.add_row(state, ", ".join(names) if state == RUNNING else str(number))
    left = progress.seconds_left
    table.add_row(
        "time", f"{progress.seconds:.0f} s" + (f", about {left:.0f} s left" if left is not None else "")
    )
    return table


def show_plan(planned: list[Planned], as_json: bool) -> None:
    """Print what a batch would do."""
    if as_json:
        _print_json({"reports": [_described(one) for one in planned]})
        return
    for one in planned:
        print(f"{'make    ' if one.why else 'nothing '} {one.page}{f': {one.why}' if one.why else ''}")
    number = sum(bool(one.why) for one in planned)
    print(f"{len(planned)} reports: {number} to make, {len(planned) - number} as they are")


def show_summary(planned: list[Planned], progress: Progress, out: Path, as_json: bool) -> None:
    """Print what became of a batch."""
    if as_json:
        reports = [
            {
                **_described(one), "state": progress.states[one.name],
                "sentence": progress.outcomes[one.name].sentence if one.name in progress.outcomes else "",
                "record": run_record.path_of(out, one.name).name,
            }
            for one in planned
        ]  # fmt: skip
        _print_json({"is_good": progress.is_good, "seconds": round(progress.seconds, 1), "reports": reports})
        return
    for name, outcome in progress.outcomes.items():
        if outcome.state != DONE:
            say(f"{outcome.state}: {name}: {outcome.sentence}")
    counted = Counter(progress.states.values())
    text = ", ".join(f"{number} {state}" for state, number in counted.items())
    say(f"{len(planned)} reports in {progress.seconds:.1f} s: {text}; they are in {described_path(out)}")
    if not progress.is_good:
        say("the last good report of each that is not done is as it was; --retry-failed makes these alone")


def _described(one: Planned) -> dict[str, Any]:
    return {
        "report": one.page, "notebook": one.asked.notebook.stem, "parameters": dict(one.asked.settings),
        "is_stale": bool(one.why), "why": one.why,
    }  # fmt: skip


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1))


def say(text: str) -> None:
    """Print a line for the person who watches."""
    print(text, file=sys.stderr, flush=True)
