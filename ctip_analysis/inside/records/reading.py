"""One record table on its way from its file into the database: typed, tested row by row and as a whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records import checks, doubts, files, flat_files, personal, spellings, validate, values
from ctip_analysis.inside.records.files import Source
from ctip_analysis.inside.records.sheets import FILE_ROW, SHEET, Sheet
from ctip_analysis.inside.records.statements import Corrections, formats_of
from ctip_analysis.inside.records.tables import RecordTable
from ctip_analysis.inside.records.values import literal, quoted, value_of


class Reading:
    """The file of one record table, its faults, and what was left out of it.

    A large file is read without the numbers of its rows first; only if something is wrong with it, row by row.
    What was read is in ``stored.<table>``: typed values, the place in the file, is_total, is_wrong.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: RecordTable, source: Source, spill: Path,
        corrections: Corrections,
    ) -> None:  # fmt: skip
        self._connection, self.table, self._source, self._spill = connection, table, source, spill
        self._file, self._stored = source.path.name, f"stored.{quoted(table.name)}"
        self._present: set[str] = set()
        self._formats = formats_of(table, source.path.parent)
        self.corrections = corrections
        self._is_fast = False
        self._unread: set[tuple[str, int]] = set()  # sheet and row of records that could not be read
        self._named: set[tuple[str, int, str]] = set()  # sheet, row and column of cells with a fault already
        self._is_quoted = True  # messages may repeat what was found
        self.is_stored = False
        self.is_whole = True  # every row could be read
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self.doubts: list[Fault] = []
        self.n_aside, self.is_aside = 0, False  # records that were set aside, and whether any row was
        self.letters: dict[tuple[str, str], str] = {}  # by sheet and column: its letter in a spreadsheet

    def read(self) -> None:
        """Store the table, and test each row."""
        try:
            plain = files.unpacked(self._source.path, self._spill)
            self._is_fast = not self.corrections.lines and self._read_fast(plain)
            if not self._is_fast:
                self._read_rows(plain)
        except DataError as error:
            self.faults += error.faults

    def check_table(self, codes: Mapping[str, str], parents: set[str]) -> None:
        """Test the stored table against itself, the tables it points to, and the provinces."""
        tests = list(checks.of_table(self.table, codes, parents))
        if not self._is_fast:
            tests += doubts.duplicates(self.table, self.corrections.kept)
        found = self._found(self._stored, tests)
        if found and self._is_fast:  # once more, for the rows
            self._is_fast = False
            self._read_rows(files.unpacked(self._source.path, self._spill))
            found = self._found(self._stored, tests)
        self.faults += found

    def set_aside(self) -> int:
        """Take the rows with a fault out of the stored table, and their faults along; how many rows went."""
        wrong = [fault for fault in self.faults if fault.rows and self.is_stored]
        places = {(fault.sheet, row) for fault in wrong for row in fault.rows}
        if not places:
            return 0
        listed = ", ".join(f"({literal(sheet)}, {row})" for sheet, row in places)
        is_aside = f"FROM {self._stored} WHERE ({SHEET}, {FILE_ROW}) IN ({listed})"
        ((records,),) = self._connection.execute(f"SELECT count(*) FILTER (NOT is_total) {is_aside}").fetchall()
        self._connection.execute(f"DELETE {is_aside}")
        self.faults = [fault for fault in self.faults if fault not in wrong]
        self.is_aside = self.is_whole = True
        self.n_aside += records + len(self._unread & places)
        return len(places)

    @property
    def n_rows(self) -> int:
        """Rows that are stored."""
        ((rows,),) = self._connection.execute(f"SELECT count(*) FROM {self._stored}").fetchall()
        return int(rows)

    def found(self, tests: Iterable[checks.Check]) -> list[Fault]:
        """Faults of the stored rows that are right otherwise; each typed value has both its names.

        Of a large file repeated rows too; in a smaller one they are faults. In a sample of 14,559 events, of which no
        two are one, 136 agree by chance, and their number grows with the square: nobody could decide on each.
        """
        if self._is_fast:
            tests = [*tests, *doubts.duplicates(self.table, ())]
        both = ", ".join(f"{quoted(name)} AS {value_of(name)}" for name in self.table.fields)
        return self._found(f"(SELECT *, {both} FROM {self._stored} WHERE NOT is_wrong)", list(tests))

    def _read_fast(self, path: Path) -> bool:
        """Store a large file as DuckDB reads it; False where that can't be done, or a row is wrong.

        First as it is, which is quickest; where a cell then has no value, with every cell cleaned.
        """
        columns, sql = flat_files.fast(path, self.table.fields) or ([], "")
        if set(columns) != set(self.table.fields) or self._formats:
            return False
        self._connection.execute("RESET threads")
        self._present = set(columns)
        source = f"SELECT *, NULL::BIGINT AS {FILE_ROW}, '' AS {SHEET} FROM ({sql})"
        target = literal(str(self._spill / f"{self.table.name}.stored.parquet"))
        for clean in (False, True):
            try:
                tested = self._tested(f"({self._typed(source, clean=clean)})", clean=clean)
                self._connection.execute(f"COPY ({tested}) TO {target} (FORMAT parquet)")
                self._connection.execute(f"CREATE OR REPLACE VIEW {self._stored} AS SELECT * FROM {target}")
            except duckdb.Error:
                return False
            if self._any_wrong() == (False,):  # NULL without rows
                self.is_stored = not personal.any_stored(self._connection, self._stored, self.table)
                return self.is_stored
        return False

    def _read_rows(self, path: Path) -> None:
        """Store a file row by row, and note the faults of its rows."""
        sheets = files.read(path, self.table.fields, self._file, self._source.sheets)
        self.faults += [fault for sheet in sheets for fault in (*sheet.faults, *validate.columns(sheet, self.table))]
        self._note_unread(sheets)
        self.notes = [note for sheet in sheets for note in sheet.notes]
        self.doubts = [doubt for sheet in sheets for doubt in sheet.doubts]
        self.letters = {(each.name, name): letter for each in sheets for name, letter in each.letters.items()}
        about_persons = [fault for sheet in sheets for fault in personal.faults(sheet, self.table)]
        self.faults += about_persons
        self.is_stored, self._is_quoted = True, not about_persons
        if about_persons:
            self._named |= {place for sheet in sheets for place in personal.places(sheet, self.table)}
        typed = quoted(f"typed_{self.table.name}")  # planning takes longer than the rows of a small file: once
        self._connection.execute(f"CREATE OR REPLACE TABLE {typed} AS {self._typed(self._registered(sheets))}")
        self._connection.execute(f"DROP VIEW IF EXISTS {self._stored}")
        self._connection.execute(f"CREATE TABLE {self._stored} AS {self._tested(typed)}")
        rows = self._without_totals(typed)
        found = self._any_wrong()
        if found == (True,):
            faults = self._found(rows, list(checks.of_row(self.table)))
            self.faults += validate.without(faults, self._named)
        if found == (None,) and self.is_whole and not self.table.may_be_empty:
            rule, mend = "the table has a header and no rows", "this table is required: add its rows"
            self.faults.append(Fault(self._file, rule, sheets[0].name, mend=mend))
        self._connection.execute(f"DROP TABLE {typed}")
        self._connection.unregister(f"text_of_{self.table.name}")

    def _note_unread(self, sheets: list[Sheet]) -> None:
        """Note the cells and the rows that could not be read."""
        found = [fault for sheet in sheets for fault in sheet.faults]
        self._named = {(fault.sheet, row, fault.column) for fault in found for row in fault.rows if fault.column}
        self._unread = {(fault.sheet, row) for fault in found for row in fault.rows}
        self._unread -= {place for sheet in sheets if found for place in sheet.places}
        self.is_whole = not self._unread and all(fault.rows and fault.column not in self.table.key for fault in found)

    def _registered(self, sheets: list[Sheet]) -> str:
        """SQL of the rows of *sheets*, in the columns that are described."""
        known = [*self.table.fields, FILE_ROW, SHEET]
        texts = [sheet.text.select([name for name in known if name in sheet.text.column_names]) for sheet in sheets]
        text = self.corrections.apply(pa.concat_tables(texts, promote_options="default"), self.table)
        text = self._spelt(text, sheets[0].formats)
        self._present = set(text.column_names) & set(self.table.fields)
        self._connection.register(f"text_of_{self.table.name}", text)
        return f"SELECT * FROM {quoted(f'text_of_{self.table.name}')}"

    def _spelt(self, text: pa.Table, formats: spellings.Formats) -> pa.Table:
        """Rows of text with the forms that people write brought into one; notes say what was left out.

        *formats* is what the file says of itself; what the folder says of a column goes before it.
        """
        for name in [name for name in self.table.fields if name in text.column_names]:
            field, is_place = self.table.fields[name], name in self.table.places
            said = self._formats.get(name, formats)
            column = text[name].combine_chunks().dictionary_encode()
            if isinstance(column, pa.ChunkedArray):
                column = column.combine_chunks()
            written = column.dictionary.to_pylist()
            read = [spellings.plain(cell, field, said, is_place=is_place) for cell in written]
            if read == [(cell, "") for cell in written]:
                continue
            values = pa.array([value for value, _ in read], pa.string()).take(column.indices)
            text = text.set_column(text.column_names.index(name), name, values)
            self._note(text, name, pa.array([note for _, note in read], pa.string()).take(column.indices))
        return text

    def _note(self, text: pa.Table, name: str, notes: pa.Array) -> None:
        """Note what was left out of cells of the column *name*, with their rows."""
        noted = pa.table({"note": notes, SHEET: text[SHEET], FILE_ROW: text[FILE_ROW]})
        noted = noted.filter(pc.not_equal(noted["note"], "")).group_by(["note", SHEET], use_threads=False)
        for note in noted.aggregate([(FILE_ROW, "list")]).to_pylist():
            rows = tuple(note[f"{FILE_ROW}_list"])
            self.notes.append(Fault(self._file, note["note"], note[SHEET], name, rows, mend="look at the cell"))

    def _without_totals(self, typed: str) -> str:
        """Drop and note totals that are sums of their rows, or lack one with a fault; SQL of other rows of *typed*."""
        asked = f"SELECT bool_or(is_total), bool_or(is_wrong AND NOT is_total) FROM {self._stored}"
        ((any_total, any_wrong),) = self._connection.execute(asked).fetchall()
        if not any_total:
            return typed
        rule, agreeing = "the row is a total, and the sum of its rows", doubts.agreeing_totals(self.table, self._stored)
        if any_wrong or self._named or not self.is_whole:
            rule = "the row is a total, and is compared with its rows when they have no fault"
            agreeing = f"SELECT {SHEET}, {FILE_ROW} FROM {self._stored} WHERE is_total"
        dropped = f"totals_of_{self.table.name}"
        self._connection.execute(f"CREATE OR REPLACE TABLE {dropped} AS {agreeing}")
        for sheet, rows in self._connection.execute(
            f"SELECT {SHEET}, list({FILE_ROW} ORDER BY {FILE_ROW}) FROM {dropped} GROUP BY {SHEET}"
        ).fetchall():
            self.notes.append(Fault(self._file, rule, sheet, rows=tuple(rows), mend="it was left out"))
        others = f"({SHEET}, {FILE_ROW}) NOT IN (FROM {dropped})"
        self._connection.execute(f"DELETE FROM {self._stored} WHERE NOT ({others})")
        return f"(FROM {typed} WHERE {others})"

    def _any_wrong(self) -> tuple[bool | None]:
        (found,) = self._connection.execute(f"SELECT bool_or(is_wrong) FROM {self._stored}").fetchall()
        return found

    def _found(self, rows: str, tests: list[checks.Check]) -> list[Fault]:
        if not self._is_quoted:
            tests = [dataclasses.replace(test, found="") for test in tests]
        return validate.faults(self._connection, rows, self._file, tests, self._present)

    def _typed(self, source: str, *, clean: bool = True) -> str:
        """SQL of the text of each column of *source*, SQL of rows of text, and of the typed value beside it."""
        table = self.table
        texts, typed = [], []
        for name, field in table.fields.items():
            is_id = name in table.links or name in table.key
            written = values.text(field, is_id=is_id, missing=table.missing) if clean else quoted(name)
            written = written if name in self._present else "NULL::VARCHAR"
            texts.append(f"{written} AS {quoted(name)}")
            typed.append(f"{values.typed(field)} AS {value_of(name)}")
        any_value = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in table.fields)
        text_sql = f"SELECT {', '.join(texts)}, {FILE_ROW}, {SHEET} FROM ({source})"
        added = f"{', '.join(typed)}, {doubts.is_total(table)} AS is_total"
        return f"SELECT *, {added} FROM ({text_sql}) WHERE {any_value}"

    def _tested(self, typed: str, *, clean: bool = True) -> str:
        """SQL of the values of *typed* rows, the place in the file, and whether the row is a total, or wrong."""
        tests = [test for test in checks.of_row(self.table) if test.columns <= self._present]
        chosen = ", ".join(f"{value_of(name)} AS {quoted(name)}" for name in self.table.fields)
        wrong = [test.condition for test in tests]
        if not clean:
            wrong += [f"coalesce({values.is_unclean(name)}, false)" for name in self.table.key]
        is_wrong = " OR ".join(f"({condition})" for condition in wrong)
        return f"SELECT {chosen}, {FILE_ROW}, {SHEET}, is_total, {is_wrong} AS is_wrong FROM {typed}"
