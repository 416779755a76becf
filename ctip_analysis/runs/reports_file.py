"""``reports.yml``: the reports that a batch makes.

Each entry names a notebook and, if wanted, a ``matrix`` of parameter values, combinations to ``include`` and to
``exclude``, time ``limits`` in seconds, what the page must show at least (``expect``), and whether there is a ``pdf``
too (a notebook whose metadata says so has one anyway).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ctip_analysis.base.errors import ParameterError
from ctip_analysis.runs import configuration
from ctip_analysis.runs.configuration import Strict

ALL = "all"
EXAMPLE = "notebooks/reports.yml"


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | dict) else [value]


Values = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]


class Limits(Strict):
    """Seconds after which a report, or one of its cells, is ended."""

    run: Seconds = 600.0
    cell: Seconds = 300.0


class Expect(Strict):
    """What a page must show at least: figures, and tables with rows."""

    figures: int = Field(default=0, ge=0)
    tables: int = Field(default=0, ge=0)


class Entry(Strict):
    """One notebook, the combinations of parameters it is run with, and its limits."""

    notebook: str
    matrix: dict[str, Values] = Field(default_factory=dict)
    include: tuple[dict[str, str], ...] = ()
    exclude: tuple[dict[str, str], ...] = ()
    audience: Literal["donor", "internal"] = "donor"
    limits: Limits = Limits()
    expect: Expect = Expect()
    pdf: bool = False

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every combination of the matrix, then those to include."""
        if self.matrix or not self.include:
            for values in itertools.product(*self.matrix.values()):
                yield dict(zip(self.matrix, values, strict=True))
        yield from self.include

    def excluded(self, combination: dict[str, str]) -> list[dict[str, str]]:
        """The exclusions that match *combination*."""
        return [one for one in self.exclude if one.items() <= combination.items()]


class ReportsFile(Strict):
    """All entries of the file."""

    reports: Annotated[list[Entry], Field(min_length=1)]

    def last_year(self) -> tuple[int, str]:
        """The last year that an entry names, with its basis: the edition of that year has all of them."""
        named = [
            one for entry in self.reports for one in entry.combinations() if one.get("year", "").isdigit()
        ]
        if not named:
            raise ParameterError("no report names a year: give --edition, or a year in each matrix")
        last = max(named, key=lambda one: int(one["year"]))
        return int(last["year"]), last.get("basis", "calendar")


def read(path: Path) -> ReportsFile:
    """The file at *path*; ParameterError lists every fault."""
    return configuration.read(path, ReportsFile, EXAMPLE)
