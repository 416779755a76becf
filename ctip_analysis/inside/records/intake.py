"""Record tables on their way from files into the database, together: what is wrong with them, doubtful, set aside.

``load_records`` takes the tables only if nothing is wrong; ``ctip check`` asks for everything there is to say.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import duckdb

from ctip_analysis.base.errors import Fault
from ctip_analysis.inside.records import doubts, validate
from ctip_analysis.inside.records.corrections import Corrections
from ctip_analysis.inside.records.reading import Reading
from ctip_analysis.inside.records.tables import record_tables
from ctip_analysis.inside.records.values import literal


class Intake:
    """The tables in *sources*, a file each, read into *connection*. ``faults`` and ``notes`` grow as they are read."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Path], spill: Path,
        faults: Iterable[Fault] = (), corrections: Corrections | None = None,
    ) -> None:  # fmt: skip
        self._corrections = corrections or Corrections()
        connection.execute("CREATE SCHEMA IF NOT EXISTS stored")
        self._connection = connection
        self._read = [Reading(connection, record_tables()[name], path, spill) for name, path in sources.items()]
        self._of_folder = list(faults)
        self.codes: dict[str, dict[str, str]] = {}

    def read(self, progress: Callable[[str], None] = lambda step: None) -> None:
        """Read and test every table, alone and against the tables it points to; *progress* is called with each step."""
        for each in self._read:
            progress(f"reading {each.table.name}")
            each.corrections = self._corrections.of(each.table.name)
            each.read()
            self._of_folder += each.corrections.faults
        self.codes = self._take_places()
        for each in self._stored:
            progress(f"checking {each.table.name}")
            each.check_table(self.codes[each.table.name], self._names)

    def set_aside(self) -> dict[str, tuple[int, int]]:
        """Take out every row with a fault, then rows that pointed to one; by table how many, and of how many.

        Faults of whole files and columns stay.
        """
        while sum(each.set_aside() for each in self._stored):
            for each in self._stored:
                each.check_table(self.codes[each.table.name], self._names)
        return {each.table.name: (each.n_aside, each.n_aside + each.n_rows) for each in self._stored if each.aside}

    @property
    def aside(self) -> list[Fault]:
        """Why rows were set aside."""
        return [fault for each in self._read for fault in _lettered(each, each.aside)]

    @property
    def _stored(self) -> list[Reading]:
        return [each for each in self._read if each.is_stored]

    @property
    def absent(self) -> list[str]:
        """Tables that rows point to and that were not read: whether their keys exist was not checked."""
        parents = {parent for each in self._stored for parent, _ in each.table.links.values()}
        return sorted(parents & set(record_tables()) - self._names)

    @property
    def _names(self) -> set[str]:
        return {each.table.name for each in self._stored}

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong, in the order of the files."""
        return self._of_folder + [fault for each in self._read for fault in _lettered(each, each.faults)]

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What was left out: hidden sheets, HXL tags, repeated headers."""
        return tuple(note for each in self._read for note in each.notes)

    def warnings(self) -> list[Fault]:
        """What may be right and is worth a look."""
        return [fault for each in self._stored for fault in _lettered(each, each.found(doubts.of_table(each.table)))]

    def _take_places(self) -> dict[str, dict[str, str]]:
        """Province codes of the spellings in each table, which the function ``place`` knows from then on."""
        codes = validate.place_codes(self._connection, {each.table.name: each.table for each in self._stored})
        cases = {name: code for known in codes.values() for name, code in known.items() if name != code}
        when = " ".join(f"WHEN {literal(name)} THEN {literal(code)}" for name, code in sorted(cases.items()))
        body = f"CASE name {when} ELSE name END" if when else "name"
        self._connection.execute(f"CREATE MACRO place(name) AS {body}")
        return codes


def _lettered(reading: Reading, faults: Iterable[Fault]) -> list[Fault]:
    """*faults* with the letters of their columns."""
    made = []
    for fault in faults:
        letters = [reading.letters.get((fault.sheet, column), "") for column in fault.column.split(", ")]
        known = ", ".join(letters) if all(letters) else fault.letter
        made.append(dataclasses.replace(fault, letter=fault.letter or known))
    return made
