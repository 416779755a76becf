"""Exports of Kobo, ODK and HTCDS systems as record tables: only described columns are taken, whatever else is there.

Kobo and ODK: names of questions are names of columns, groups before them are dropped (``visit/event_date``),
a repeat is a sheet of its own that points to its parent, and several services of one visit are one row each.
HTCDS 2.0: fields and words as ``htcds.csv`` maps them; of a birth date only the age band is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records import files, flat_files, workbooks
from ctip_analysis.inside.records.grids import Grid
from ctip_analysis.inside.records.tables import RecordTable, record_tables

_INDEX, _PARENT, _SUBMISSION = "_index", "_parent_index", ("_submission__id", "_id", "meta-instanceID", "KEY")
_SEVERAL = "service_type"  # elsewhere a row has one answer, or is refused by the check: a person is one row
_AGES = ((15, "under_15"), (18, "15_17"), (200, "18_plus"))


@dataclass(frozen=True)
class Form:
    """What an XLSForm calls its questions and answers: their names by their labels."""

    questions: dict[str, str] = field(default_factory=dict)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)  # by the name of the question

    @classmethod
    def read(cls, path: Path) -> Form:
        """The form at *path*: sheets ``survey`` and ``choices``, labels in any language."""
        sheets = _sheets(path)
        if "survey" not in sheets:
            raise DataError(f"{path.name}: a form has a sheet “survey”; give the XLSForm of the collected data")
        survey, choices = sheets["survey"], sheets.get("choices", pd.DataFrame(columns=["list_name", "name"]))
        lists = {name: _by_label(rows) for name, rows in choices.groupby("list_name")}
        kinds = survey["type"].fillna("").str.split()
        chosen = zip(survey["name"], kinds, strict=True)
        return cls(_by_label(survey), {name: lists.get(kind[1], {}) for name, kind in chosen if len(kind) > 1})


@dataclass
class Import:
    """Record tables of an export, and the columns that were left out."""

    tables: dict[str, pd.DataFrame]
    left_out: list[str]


def read_export(path: Path, *, form: Path | None = None, partner: str = "", is_synthetic: bool = False) -> Import:
    """The record tables in the export at *path* (.xlsx or .csv), as text, columns as described.

    *form* is the XLSForm of an export that has labels instead of names. *partner* fills ``partner_id`` where the
    export has none.

    Raises
    ------
    DataError
        A sheet has the columns of no record table; all such sheets are listed.
    """
    known = Form.read(form) if form else Form()
    sheets = {name: _named(frame, known) for name, frame in _sheets(path).items() if len(frame.columns)}
    tables = {name: _table_of(name, frame) for name, frame in sheets.items()}
    if faults := [Fault(path.name, "no record table has these columns", name,
                        mend="export with names of questions, or give the form with --form")
                  for name, table in tables.items() if table is None and _INDEX not in sheets[name]]:  # fmt: skip
        raise DataError(f"{path.name}: {len(faults)} of {len(sheets)} sheets can't be read", faults)
    found: dict[str, pd.DataFrame] = {}
    left_out = []
    for name, table in tables.items():
        if table is None:
            continue
        rows = _rows(_with_parent(sheets[name], sheets), table).assign(is_synthetic=str(is_synthetic).lower())
        if partner and "partner_id" in table.fields:
            rows["partner_id"] = rows.get("partner_id", pd.Series(pd.NA, index=rows.index)).fillna(partner)
        left_out += [str(column) for column in sheets[name] if column not in table.fields and column[:1] != "_"]
        rows = rows.reindex(columns=list(table.fields))
        found[table.name] = pd.concat([found[table.name], rows]) if table.name in found else rows
    return Import(found, sorted(set(left_out)))


def write_tables(made: Import, into: Path) -> list[Path]:
    """Write the tables of an import as CSV files into the record folder *into*; a table that is there is refused."""
    paths = [into / f"{name}.csv" for name in made.tables]
    if there := [path.name for path in paths if path.exists()]:
        raise DataError(f"{into.name} has {', '.join(there)} already; nothing was written: give another folder")
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, rows in zip(paths, made.tables.values(), strict=True):
        rows.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        path.chmod(0o600)
    return paths


def _sheets(path: Path) -> dict[str, pd.DataFrame]:
    """Visible sheets by name, every cell as text, blank ones missing; the first row has the headings."""
    if path.suffix.lower() not in (".csv", *files.WORKBOOK) or not path.is_file():
        raise DataError(f"{path.name} can't be read: give an export as .xlsx or .csv")
    read = flat_files.grids if path.suffix.lower() == ".csv" else workbooks.grids
    return {grid.name or path.stem: _frame(grid) for grid in read(path, path.name)[0]}


def _frame(grid: Grid) -> pd.DataFrame:
    """The rows of a sheet that are seen."""
    (_, headings), *rows = ((number, cells) for number, cells in grid.rows if number not in grid.hidden)
    made = pd.DataFrame([cells for _, cells in rows], dtype="str").reindex(columns=range(len(headings)))
    made.columns = [heading or f"_column {at}" for at, heading in enumerate(headings, 1)]
    return made.replace("", pd.NA).dropna(how="all")


def _by_label(rows: pd.DataFrame) -> dict[str, str]:
    labels = [column for column in rows if column == "label" or column.startswith("label:")]
    return {str(label).strip(): str(name) for column in labels
            for label, name in zip(rows[column], rows["name"], strict=True) if pd.notna(label)}  # fmt: skip


def _named(frame: pd.DataFrame, form: Form) -> pd.DataFrame:
    """*frame* with described columns: labels, groups and HTCDS fields renamed, answers in one column."""
    htcds = reference.table("htcds")
    fields = dict(zip(htcds["field"], htcds["column"], strict=True))
    described = {name for table in record_tables().values() for name in table.fields}
    made: dict[str, pd.Series] = {}
    for heading in frame:
        *groups, last = [form.questions.get(part.strip(), part.strip()) for part in heading.split("/")]
        if groups and groups[-1] == _SEVERAL:  # one of several answers, in a column of its own
            answer = form.answers.get(_SEVERAL, {}).get(last, last)
            chosen = frame[heading].str.strip().str.lower().isin({"1", "true", "yes"}).map({True: answer, False: ""})
            before = made.get(f"={_SEVERAL}", pd.Series("", index=frame.index))
            made[f"={_SEVERAL}"] = before.str.cat(chosen, sep=" ").str.strip()
        elif (column := fields.get(last, last)) not in made or column not in described:
            made[column] = _words(frame[heading], last, form)
    if f"={_SEVERAL}" in made:
        made[_SEVERAL] = made.pop(f"={_SEVERAL}").replace("", pd.NA)
    return _aged(pd.DataFrame(made, index=frame.index))


def _words(cells: pd.Series, heading: str, form: Form) -> pd.Series:
    """Answers by name for labels, and words of HTCDS as the record table has them."""
    htcds = reference.table("htcds")
    own = htcds[htcds["field"].eq(heading) & htcds["word"].ne("")]
    words = form.answers.get(heading, {}) | dict(zip(own["word"].astype(str), own["value"], strict=True))
    return cells.str.strip().replace(words)


def _aged(frame: pd.DataFrame) -> pd.DataFrame:
    """Birth dates of HTCDS as the age band on the day of intake; unknown where either date is."""
    if "intake_date" not in frame or not frame.get("age_band", pd.Series(dtype="str")).str.match(r"\d{4}-").any():
        return frame
    born, came = (pd.to_datetime(frame[name].str[:10], errors="coerce") for name in ("age_band", "intake_date"))
    before_birthday = came.dt.month * 100 + came.dt.day < born.dt.month * 100 + born.dt.day
    age = came.dt.year - born.dt.year - before_birthday.astype(int)
    bands = [next((band for limit, band in _AGES if 0 <= years < limit), "unknown") for years in age]
    return frame.assign(age_band=bands)


def _table_of(name: str, frame: pd.DataFrame) -> RecordTable | None:
    """The record table a sheet has: by its name, else the one of which it has most columns; None for none."""
    described = record_tables()
    if name.strip().lower() in described:
        return described[name.strip().lower()]
    common = {"partner_id", "adm1_code", "is_synthetic", "start_date", "end_date"}
    shared = {table: len(set(frame) & set(rows.fields) - common) for table, rows in described.items()}
    best = max(shared, key=lambda table: shared[table])
    alone = list(shared.values()).count(shared[best]) == 1
    return described[best] if shared[best] > 1 and alone else None


def _with_parent(frame: pd.DataFrame, sheets: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A repeat with the columns of the submission it belongs to, its own first."""
    parents = [sheet for sheet in sheets.values() if sheet is not frame and _INDEX in sheet]
    if _PARENT not in frame or not parents:
        return frame
    parent = parents[0].drop_duplicates(_INDEX).set_index(_INDEX)
    above = parent[[column for column in parent if column not in frame]].reindex(frame[_PARENT])
    return frame.join(above.set_axis(frame.index))


def _rows(frame: pd.DataFrame, table: RecordTable) -> pd.DataFrame:
    """One row a service, each with a key: its own, or that of the submission with a number where it has several."""
    made = frame
    if _SEVERAL in made and _SEVERAL in table.fields:
        made = made.assign(**{_SEVERAL: made[_SEVERAL].str.split()}).explode(_SEVERAL).reset_index(drop=True)
    if len(table.key) != 1:
        return made
    (key,) = table.key
    source = next((column for column in (key, *_SUBMISSION) if column in made), None)
    if source is None or (source == key and len(made) == len(frame)):
        return made
    number = (made.groupby(source).cumcount() + 1).astype(str)
    several = made[source].duplicated(keep=False)
    return made.assign(**{key: made[source].mask(several, made[source] + "-" + number)})
