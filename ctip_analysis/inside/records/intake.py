"""Records of a folder, a database or one file on their way in: what is wrong with them, doubtful, left out, set aside.

``load_records`` takes the tables only if nothing is wrong; ``assess`` says everything there is to say.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import duckdb
import ibis

from ctip_analysis.base.errors import Assessment, DataError, Fault
from ctip_analysis.inside.records import doubts, engine, files, inputs, reconcile, validate
from ctip_analysis.inside.records.database import Database, is_address, is_as_written, label
from ctip_analysis.inside.records.engine import Records
from ctip_analysis.inside.records.files import Source
from ctip_analysis.inside.records.reading import Reading
from ctip_analysis.inside.records.statements import Corrections
from ctip_analysis.inside.records.tables import VIEWS, RecordTable, record_tables
from ctip_analysis.inside.records.values import SQL_TYPES, literal, quoted


def load_records(data: Path | str, *, quarantine: bool = False) -> Records:
    """Read and validate the record folder *data*, or the database of that address.

    ``postgresql://USER@HOST/DATABASE`` and ``duckdb:///FOLDER/FILE`` are read without changing anything in
    them, and counted where they are. With *quarantine* rows with a fault are left out and counted in ``set_aside``.

    Raises
    ------
    DataError
        Anything is wrong: ``.faults`` lists every fault of every file with its rows.
    """
    if not is_address(data) and Path(data).is_file():
        fault = Fault(Path(data).name, "must be a folder of record tables", mend="ctip check takes a single file")
        raise DataError(_headline(label(data), [fault]), [fault])
    intake = Intake(data, quarantine=quarantine)
    try:
        return intake.records()
    except BaseException:
        intake.close()
        raise


def assess(data: str, progress: Callable[[str], None] = lambda step: None) -> Assessment:
    """Read *data*, a folder, the address of a database, or one file as a partner sent it, and say everything about it.

    *progress* is called with each step.

    Raises
    ------
    CtipError
        A database can't be reached.
    """
    try:
        intake = Intake(data, progress)
    except DataError as error:
        if not error.faults:
            raise
        return Assessment(label(data), error.faults)
    try:
        progress("looking for doubts")
        found = Assessment(intake.name, intake.faults, intake.warnings, list(intake.notes), intake.absent)
        if not found.faults and (is_address(data) or Path(data).is_dir()):
            progress("comparing with the published figures")
            records = intake.records()
            found.rules = reconcile.reconcile(records)
            found.faults = reconcile.breaches(records, found.rules) + inputs.missing(records)
            found.faults += reconcile.target_faults(records)
    except DataError as error:
        found.faults = error.faults
    finally:
        intake.close()
    return found


class Intake:
    """Records that were read and tested, every table alone and against the tables it points to.

    *progress* is called with each step. With *quarantine* rows with a fault are set aside, then rows that pointed to
    one; ``set_aside`` has how many of a table, and of how many. Faults of whole files and columns stay.
    """

    def __init__(
        self, data: Path | str, progress: Callable[[str], None] = lambda step: None, *, quarantine: bool = False
    ) -> None:
        self.name = label(data)
        self._database, self._spill = engine.opened()
        self._connection = self._database.con
        self._source = Database(str(data)) if is_address(data) else None
        self._folder = self._spill.path / "tables" if self._source else Path(data)
        self._found, self._of_folder = self._sources()
        corrections = Corrections.read(self._folder)
        self._read = [
            Reading(self._connection, record_tables()[name], source, self._spill.path, corrections.of(name))
            for name, source in self._found.items()
        ]
        self._read_all(progress)
        self.set_aside = self._set_aside() if quarantine else {}

    def _sources(self) -> tuple[dict[str, Source], list[Fault]]:
        if self._source:
            found, faults = self._source.files(record_tables(), self._folder)
            return {name: Source(path) for name, path in found.items()}, faults
        if self._folder.is_file():
            return files.in_file(self._folder, self._spill.path)
        return files.of_folder(self._folder)

    def _read_all(self, progress: Callable[[str], None]) -> None:
        self._connection.execute("CREATE SCHEMA stored")
        for each in self._read:
            progress(f"reading {each.table.name}")
            each.read()
        self._codes = self._take_places()
        for each in self._stored:
            progress(f"checking {each.table.name}")
            each.check_table(self._codes[each.table.name], self._names)

    def _take_places(self) -> dict[str, dict[str, str]]:
        """Province codes of the spellings in each table, which the function ``place`` knows from then on."""
        codes = validate.place_codes(self._connection, {each.table.name: each.table for each in self._stored})
        cases = {name: code for known in codes.values() for name, code in known.items() if name != code}
        when = " ".join(f"WHEN {literal(name)} THEN {literal(code)}" for name, code in sorted(cases.items()))
        body = f"CASE name {when} ELSE name END" if when else "name"
        self._connection.execute(f"CREATE MACRO place(name) AS {body}")
        return codes

    def _set_aside(self) -> dict[str, tuple[int, int]]:
        while sum(each.set_aside() for each in self._stored):
            for each in self._stored:
                each.check_table(self._codes[each.table.name], self._names)
        return {each.table.name: (each.n_aside, each.n_aside + each.n_rows) for each in self._stored if each.is_aside}

    @property
    def _stored(self) -> list[Reading]:
        return [each for each in self._read if each.is_stored]

    @property
    def _names(self) -> set[str]:
        return {each.table.name for each in self._stored if each.is_whole}

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong, in the order of the files."""
        of_corrections = [fault for each in self._read for fault in each.corrections.faults]
        found = [fault for each in self._read for fault in _lettered(each, each.faults)]
        return self._named([*self._of_folder, *of_corrections, *found])

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What was left out: hidden sheets and rows, HXL tags, repeated headers."""
        of_folder = files.left_out(self._folder, self._found) if self._folder.is_dir() else []
        return tuple(dict.fromkeys([*of_folder, *(note for each in self._read for note in each.notes)]))

    @property
    def warnings(self) -> list[Fault]:
        """What may be right and is worth a look."""
        found = ((each, [*each.doubts, *each.found(doubts.warnings(each.table))]) for each in self._stored)
        return self._named([fault for each, doubtful in found for fault in _lettered(each, doubtful)])

    @property
    def absent(self) -> list[str]:
        """Tables that rows of a single file point to and that it lacks: whether their keys exist was not checked."""
        parents = {parent for each in self._stored for parent, _ in each.table.links.values()}
        return sorted(parents & set(record_tables()) - self._names) if self._folder.is_file() else []

    def _named(self, faults: list[Fault]) -> list[Fault]:
        """*faults* with the names that tables have in a database."""
        return self._source.named(faults) if self._source else faults

    def records(self) -> Records:
        """The records; DataError if anything is wrong with them."""
        if faults := self.faults:
            raise DataError(_headline(self.name, faults), faults)
        _show(self._connection, self._codes)
        return Records(
            self.name, self._folder, tuple(record_tables()), _any_synthetic(self._connection), self.notes,
            self._database, self._spill, self._source, self._counted_there(), self.set_aside,
        )  # fmt: skip

    def _counted_there(self) -> dict[str, ibis.Table]:
        """Tables and views of a database that has every value as it was read here; {} for what is counted here."""
        described = record_tables()
        if self._source and not self.set_aside and all(
            is_as_written(self._connection, described[name], source.path) for name, source in self._found.items()
        ):  # fmt: skip
            return self._source.tables(described, self._codes)
        return {}

    def close(self) -> None:
        """Leave the database that was read, if there is one."""
        if self._source:
            self._source.close()


def _lettered(reading: Reading, faults: Iterable[Fault]) -> list[Fault]:
    """*faults* with the letters of their columns."""
    made = []
    for fault in faults:
        letters = [reading.letters.get((fault.sheet, column), "") for column in fault.column.split(", ")]
        known = ", ".join(letters) if all(letters) else fault.letter
        made.append(dataclasses.replace(fault, letter=fault.letter or known))
    return made


def _headline(name: str, faults: list[Fault]) -> str:
    n_tables = len({fault.file for fault in faults})
    return (f"{name}: {len(faults):,} fault{'s' if len(faults) > 1 else ''} in {n_tables:,} "
            f"{'table' if is_address(name) else 'file'}{'s' if n_tables > 1 else ''}; nothing was loaded")  # fmt: skip


def _show(connection: duckdb.DuckDBPyConnection, codes: Mapping[str, Mapping[str, str]]) -> None:
    """Give every table its name, and make the views; *codes* are those of the tables that have a file."""
    for name, table in record_tables().items():
        _show_table(connection, table, codes.get(name))
    for name, view in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {view.sql}")


def _show_table(connection: duckdb.DuckDBPyConnection, table: RecordTable, codes: Mapping[str, str] | None) -> None:
    """Give the stored *table* its name; an empty one without a file (no *codes*)."""
    name = quoted(table.name)
    if codes is None:
        types = ", ".join(f"{quoted(c)} {SQL_TYPES[f['type']]}" for c, f in table.fields.items())
        connection.execute(f"CREATE TABLE main.{name} ({types})")
        return
    is_respelt = any(spelling != code for spelling, code in codes.items())
    columns = ", ".join(
        f"place({quoted(c)}) AS {quoted(c)}" if is_respelt and c in table.places else quoted(c) for c in table.fields
    )
    connection.execute(f"CREATE VIEW main.{name} AS SELECT {columns} FROM stored.{name}")
    connection.unregister(f"text_of_{table.name}")


def _any_synthetic(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether one row of any table is marked synthetic."""
    marked = [name for name, table in record_tables().items() if "is_synthetic" in table.fields]
    marks = " UNION ALL ".join(f"SELECT bool_or(is_synthetic) AS mark FROM {quoted(name)}" for name in marked)
    ((mark,),) = connection.execute(f"SELECT coalesce(bool_or(mark), false) FROM ({marks})").fetchall()
    return bool(mark)
