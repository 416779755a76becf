"""One report to make, and what became of it: all that goes to another process or machine, and all that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ctip_analysis.edition.reads import Read

PLANNED, RUNNING, DONE, DEGRADED, FAILED = "planned", "running", "done", "degraded", "failed"
TIMED_OUT, DEAD_KERNEL, NOT_RUN, EMPTY = "timed out", "dead kernel", "not run", "empty"
STATES = (PLANNED, RUNNING, DONE, DEGRADED, FAILED, TIMED_OUT, DEAD_KERNEL, NOT_RUN, EMPTY)


@dataclass(frozen=True)
class Limits:
    """Seconds after which a run, or one cell of it, is ended; and what a report must show at least."""

    run: float = 600.0
    cell: float = 300.0
    figures: int = 0
    tables: int = 0


@dataclass(frozen=True)
class Task:
    """One report: which notebook with which settings on which edition, and the stem of the page.

    ``place`` is a private folder the result is laid in. ``kept`` is an executed notebook that still holds:
    it is rendered and nothing is run.
    """

    notebook: Path
    settings: Mapping[str, object]
    edition: Path
    name: str
    period: str
    place: Path
    limits: Limits = Limits()
    degraded: str = ""
    kept: Path | None = None

    @property
    def page(self) -> Path:
        """Where the page is laid for its commit."""
        return self.place / f"{self.name}.html"

    @property
    def executed(self) -> Path:
        """Where the executed notebook is laid."""
        return self.place / "executed.ipynb"


@dataclass(frozen=True)
class DataTask:
    """The data that go out beside the reports of one edition: to be laid in ``place/data`` and attacked.

    ``withstood`` are hashes of editions that were attacked already.
    """

    edition: Path
    place: Path
    withstood: frozenset[str] = frozenset()
    limits: Limits = Limits()
    name: str = "data"


@dataclass
class Cell:
    """What became of one cell of code: its number in the notebook (from 1), state, seconds."""

    number: int
    state: str = PLANNED
    seconds: float = 0.0


@dataclass
class Outcome:
    """What became of a task, as it really was.

    ``sentence`` says why it is not done, without a value read from records; ``where`` names lines of ours for the
    operator. ``reads`` are the parts of the edition it was made of, None where that isn't known.
    """

    name: str
    state: str = PLANNED
    sentence: str = ""
    where: str = ""
    cells: list[Cell] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    figures: int = 0
    tables: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    unshared_mb: float = 0.0
    was_rendered_only: bool = False
    reads: list[Read] | None = None

    @property
    def is_good(self) -> bool:
        """Whether the report may take the place of the last one."""
        return self.state == DONE
