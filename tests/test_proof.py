"""The proof: other people behind the same counts change no byte a donor gets, and no value of a record gets out."""

from __future__ import annotations

import base64
import gzip
import io
import json
import subprocess
import sys
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image, PngImagePlugin
from search_bytes import find, search
from small_notebook import write_notebook
from twin_records import AMOUNTS, MARK, NAMES, NUMBER_MARKS, Tables, marked, read, twin, write

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError
from ctip_analysis.edition import KEYS
from ctip_analysis.inside import count, load_records

pytestmark = pytest.mark.long

MARKS = [MARK, *NUMBER_MARKS]
DAYS = {"campaign_events": "event_date", "clients": "intake_date", "services": "start_date", "cases": "referred_date",
        "rescues": "op_date", "trainings": "start_date", "structures": "established_date"}  # fmt: skip
SENSITIVE = {  # columns of records that name or describe a person
    name: [column["name"] for column in reference.schema(name)["fields"] if column.get("sensitive")]
    for name in reference.closed_tables()
}
COMMAND = """
import importlib, pathlib, sys
importlib.import_module("ctip_analysis.inside.confidential").FOLDER = pathlib.Path(sys.argv.pop(1))
importlib.import_module("ctip_analysis.runs.run_record").LOG = pathlib.Path(sys.argv.pop(1))
importlib.import_module("ctip_analysis.cli").main()
"""


@dataclass(frozen=True)
class Ran:
    """A command that was run: its exit code, all it said, and the log it wrote."""

    code: int
    said: str
    log: str


def ctip(work: Path, *arguments: object) -> Ran:
    """Run the command in a process of its own; log and operator's notes go into *work*."""
    log = work / "logs" / "report.log"
    command = [sys.executable, "-c", COMMAND, work / "confidential", log, *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout + done.stderr, log.read_text() if log.exists() else "")


@dataclass(frozen=True)
class Told:
    """What was made of one folder of records."""

    records: Path
    work: Path
    ran: list[Ran]

    def donors(self, part: str) -> dict[str, bytes]:
        """Every file of one part, editions or report, that a donor gets."""
        files = [path for path in sorted((self.work / part).rglob("*")) if path.is_file()]
        files = [path for path in files if not path.name.endswith(".run-record.json")]
        return {path.relative_to(self.work).as_posix(): path.read_bytes() for path in files}


def tell(records: Path, work: Path) -> Told:
    """Release the edition of 2004 from *records*, make its annual report, and audit it."""
    edition = work / "editions" / "2004"
    ran = [
        ctip(work, "release", records, "--year", 2004, "--out", edition.parent),
        ctip(work, "report", "--year", 2004, "--edition", edition, "--out", work / "report"),
        ctip(work, "audit", work / "report"),
    ]
    assert [each.code for each in ran] == [0, 0, 0], [each.said for each in ran]
    return Told(records, work, ran)


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> tuple[Told, Told]:
    """All that is made of a marked folder of records, and of its twin."""
    work = tmp_path_factory.mktemp("proof")
    plain = work / "plain"
    maker = [sys.executable, reference.DATA / "make_sample.py", plain, "--seed", "11", "--years", "2003-2004"]
    subprocess.run(list(map(str, maker)), check=True, capture_output=True)
    first = write(marked(read(plain), AMOUNTS[0], seed=1), work / "records", plain)
    other = write(twin(read(first), seed=2), work / "other_people", plain)
    with ThreadPoolExecutor(2) as pool:
        return tuple(pool.map(tell, (first, other), (work / "a", work / "b")))


def test_the_twin_shares_no_name_with_the_records_and_few_days(pair):
    first, other = (read(told.records) for told in pair)
    for name, rows in first.items():
        assert rows != other[name], f"{name} is the same in both"
        for column in set(NAMES) & set(rows[0]):
            shared = {row[column] for row in rows} & {row[column] for row in other[name]}
            assert not shared, f"{name}.{column} keeps {len(shared)} names"
    days = {name: [row[column] for row in first[name]] for name, column in DAYS.items()}
    moved = {name: [row[DAYS[name]] for row in other[name]] for name in DAYS}
    assert all(sorted(days[name]) != sorted(moved[name]) for name in DAYS)


def test_the_twin_has_the_same_unprotected_cells_in_fiscal_years_too(pair):
    """With the contributors and shares behind a cell, which protection asks for; calendar years come below."""
    first, other = (count(load_records(told.records), year=2004, basis="fiscal") for told in pair)
    order = ["table", *KEYS]
    first, other = (cells.sort_values(order, ignore_index=True) for cells in (first, other))
    pd.testing.assert_frame_equal(first, other)


def test_other_people_behind_the_same_counts_change_no_byte_of_an_edition(pair):
    first, other = (told.donors("editions") for told in pair)
    assert "editions/2004/cells.csv" in first
    assert [name for name in first.keys() | other.keys() if first.get(name) != other.get(name)] == []


def test_other_people_behind_the_same_counts_change_no_byte_of_a_report(pair):
    first, other = (told.donors("report") for told in pair)
    assert {".html", ".json", ".csv", ".xlsx", ".geojson"} <= {Path(name).suffix for name in first}
    assert [name for name in first.keys() | other.keys() if first.get(name) != other.get(name)] == []


def test_every_confidential_column_that_takes_any_value_holds_marks(pair):
    """Sex, age and the like take only words of a list, a place or a key of another table: marked in *rejected*."""
    tables = read(pair[0].records)
    fixed = {
        "sex",
        "age_band",
        "client_type",
        "exploitation_type",
        "adm1_origin",
        "partner_id",
        "training_id",
        "amount_usd",  # marked by an amount of its own
    }
    for name, columns in SENSITIVE.items():
        for column in set(columns) - fixed:
            assert all(MARK in row[column] for row in tables[name]), f"{name}.{column}"


def test_no_value_of_a_record_is_in_any_file_a_donor_gets_nor_in_what_was_said(pair):
    """The files of the twin are the same bytes, which the tests above say."""
    parts = [pair[0].work / part for part in ("editions", "report", "confidential", "logs")]
    assert all(part.exists() for part in parts)
    assert search(parts, MARKS) == []
    assert find("".join(each.said + each.log for told in pair for each in told.ran).encode(), MARKS) == []


def test_nothing_is_left_of_a_notebook_that_fails_half_way(pair, tmp_path):
    """The second cell has printed and drawn, the third ends in an error that quotes a row."""
    row = f"('{MARK}0001', 'female', 'Kep')"
    cells = [
        "import matplotlib.pyplot as plt; plt.plot([1, 2]); print(edition)",
        f"print({row}); raise KeyError{row}",
    ]
    notebook = write_notebook(tmp_path / "notebooks" / "90_small.ipynb", *cells)
    edition, out = pair[0].work / "editions" / "2004", tmp_path / "out"
    done = ctip(
        tmp_path, "report", "--notebook", notebook, "--year", 2004, "--edition", edition, "--out", out
    )
    assert done.code == 1 and "KeyError" in done.said
    left = [path.name for path in out.iterdir() if not path.name.startswith(".")]
    assert left == ["cambodia_ctip_small_2004_en_SYNTHETIC.run-record.json"]
    assert find((done.said + done.log).encode(), MARKS) == []
    assert search([out], MARKS) == []


COMMANDS = {
    "check": ["check", "RECORDS"],
    "check --json": ["check", "RECORDS", "--json"],
    "release": ["release", "RECORDS", "--year", "2004", "--out", "OUT"],
}


def with_marks_where_they_break(tables: Tables, columns: dict[str, list[str]]) -> Tables:
    """A mark in each of *columns* of a few rows: no number, no word of a list, no place, no name of another table."""
    for name, named in columns.items():
        for row in tables[name][:7]:
            row.update({column: f"{MARK}-{name}-{column}" for column in named})
    return tables


@pytest.fixture(scope="module")
def rejected(pair, tmp_path_factory) -> dict[str, Ran]:
    """What each command says of records with a mark in every sensitive column."""
    work = tmp_path_factory.mktemp("rejected")
    tables = with_marks_where_they_break(read(pair[0].records), SENSITIVE)
    records = write(tables, work / "records", pair[0].records)
    places = {"RECORDS": records, "OUT": work / "out"}
    calls = [[work / name, *(places.get(part, part) for part in parts)] for name, parts in COMMANDS.items()]
    with ThreadPoolExecutor(2) as pool:
        ran = dict(zip(COMMANDS, pool.map(lambda call: ctip(*call), calls), strict=True))
    assert not (work / "out").exists()
    return ran


@pytest.mark.parametrize("command", COMMANDS)
def test_records_that_are_rejected_are_not_quoted(rejected, command):
    done = rejected[command]
    assert done.code == 1 and "client_type" in done.said
    assert find((done.said + done.log).encode(), MARKS) == []


def test_a_row_shifted_by_one_does_not_make_an_id_a_quotation(pair, tmp_path):
    tables = read(pair[0].records)
    for name in ("clients", "services", "rescues", "cases", "training_roster"):
        values = list(tables[name][8].values())
        tables[name][8] = dict(zip(tables[name][8], values[-1:] + values[:-1], strict=True))
    with pytest.raises(DataError) as refused:
        load_records(write(tables, tmp_path / "records", pair[0].records))
    assert find(str(refused.value).encode(), [MARK]) == []


TEXT = f"name: {MARK}0042."
PICTURE = io.BytesIO()
_WORDS = PngImagePlugin.PngInfo()
_WORDS.add_text("Comment", TEXT, zip=True)
Image.new("L", (2, 2)).save(PICTURE, "PNG", pnginfo=_WORDS)
PACKED = io.BytesIO()
with zipfile.ZipFile(PACKED, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("xl/hidden.xml", TEXT)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TEXT.encode(), id="plain"),
        pytest.param(TEXT.lower().encode(), id="small letters"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16"),
        pytest.param(b"data:text/plain;base64," + base64.b64encode(TEXT.encode()), id="base64"),
        pytest.param(b"../a" + base64.urlsafe_b64encode(b"\xff\xfe?" + TEXT.encode()), id="base64url after letters"),
        pytest.param(base64.encodebytes(TEXT.encode() * 9), id="base64 in lines"),
        pytest.param(b"#" + TEXT.encode().hex().encode(), id="hex"),
        pytest.param(TEXT.encode().hex(" ").encode(), id="hex in pairs"),
        pytest.param("".join(f"%{byte:02x}" for byte in TEXT.encode()).encode(), id="url"),
        pytest.param("".join(f"&#{ord(letter)};" for letter in TEXT).encode(), id="entities"),
        pytest.param("".join(f"\\u{ord(letter):04x}" for letter in TEXT).encode(), id="JSON escapes"),
        pytest.param(b"%PDF stream\n" + zlib.compress(TEXT.encode()) + b"\nendstream", id="zlib within"),
        pytest.param(gzip.compress(TEXT.encode()), id="gzip"),
        pytest.param(PACKED.getvalue(), id="zip"),
        pytest.param(PICTURE.getvalue(), id="text of a PNG"),
        pytest.param(PICTURE.getvalue() + TEXT.encode(), id="after a PNG"),
        pytest.param(b'<img src="data:;base64,' + base64.b64encode(PICTURE.getvalue()) + b'">', id="PNG in a page"),
        pytest.param(json.dumps({"x": base64.b64encode(PACKED.getvalue()).decode()}).encode(), id="zip in JSON"),
    ],
)  # fmt: skip
def test_a_mark_is_found_however_it_is_encoded(data):
    assert find(data, [MARK])
    assert not find(data, ["ANOTHER"])
