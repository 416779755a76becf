"""What a donor's kernel may open, and what is left of a report that tries more."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import geopandas
import pytest
import test_architecture
from conftest import SAMPLE
from record_folder import write_minimal
from small_notebook import write_notebook

from ctip_analysis.base.errors import ReportFailedError
from ctip_analysis.cli import worded
from ctip_analysis.runs import guard
from ctip_analysis.runs.batch import report
from ctip_analysis.runs.guard import CODE, NEAR, NO, READ, RECORD_READERS, WRITE, Places, RefusedError
from ctip_analysis.runs.report import wanted
from ctip_analysis.runs.supervise import supervise
from ctip_analysis.runs.task import DONE, Task

NAMES = ["clients.csv", "clients.xlsx"]

# Every try is one line that a notebook could hold. The server at PORT is there, and would answer.
REFUSED = {
    "open": "open(RECORDS + '/clients.csv')",
    "pathlib": "pathlib.Path(RECORDS, 'clients.csv').read_text()",
    "by its number": "os.open(RECORDS + '/clients.csv', os.O_RDONLY)",
    "pandas": "pandas.read_csv(RECORDS + '/clients.csv')",
    "pandas by pyarrow": "pandas.read_csv(RECORDS + '/clients.csv', engine='pyarrow')",
    "pandas Excel": "pandas.read_excel(RECORDS + '/clients.csv', engine='openpyxl')",
    "through a link": "open('link/clients.csv')",
    "list": "os.listdir(RECORDS)",
    "glob": "list(pathlib.Path(RECORDS).glob('*.csv'))",
    "glob by text": "__import__('glob').glob(RECORDS + '/*.csv')",
    "walk": "list(os.walk(RECORDS))",
    "database": "__import__('sqlite3').connect(RECORDS + '/records.db')",
    "a note beside the records": "open(RECORDS + '/notes/names.md')",
    "a table beside the notebook": "open('my_clients.csv')",
    "the operator's own notes": "open(os.path.join(ROOT, 'build', 'confidential', 'x.json'))",
    "the sample": "open(os.path.join(ROOT, 'data', 'sample', 'clients.csv'))",
    "another edition": "open(os.path.join(EDITION, '..', '2003', 'cells.csv'))",
    "the home folder": "open(os.path.expanduser('~/.netrc'))",
    "the operator's environment": "open(f'/proc/{PARENT}/environ')",
    "duckdb": "__import__('duckdb').read_csv(RECORDS + '/clients.csv')",
    "ibis": "importlib.import_module('ibis')",
    "pyarrow": "__import__('pyarrow.csv')",
    "pyarrow that was there": "importlib.import_module('pyarrow.fs')",
    "load": "importlib.import_module('ctip_analysis.inside.records.load')",
    "write to the edition": "open(EDITION + '/cells.csv', 'a')",
    "write beside the notebook": "pathlib.Path('left.txt').write_text('x')",
    "write by number": "os.open('left.txt', os.O_WRONLY | os.O_CREAT)",
    "rename": "os.rename(EDITION + '/cells.csv', WORK + '/cells.csv')",
    "remove": "os.remove(EDITION + '/cells.csv')",
    "hard link": "os.link(EDITION + '/cells.csv', WORK + '/cells.csv')",
    "in capitals": "open(os.path.join(RECORDS, '..', 'capitals', 'notes.md'))",
    "connect": "socket.create_connection(('127.0.0.1', PORT), timeout=1)",
    "connect to a file": "socket.socket(socket.AF_UNIX).connect('/var/run/postgresql/.s.PGSQL.5432')",
    "send": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
    "bind": "socket.socket().bind(('', 0))",
    "name": "socket.getaddrinfo('localhost', 80)",
    "urllib": "__import__('urllib.request').request.urlopen(SERVER, timeout=1)",
    "http": "__import__('http.client').client.HTTPConnection('localhost', PORT, timeout=1).connect()",
    "ftp": "__import__('ftplib').FTP().connect('localhost', PORT, timeout=1)",
    "pandas over the network": "pandas.read_csv(SERVER + 'places.geojson')",
    "run": "subprocess.run(['cat', RECORDS + '/clients.csv'])",
    "system": "os.system('true')",
    "fork": "os.fork()",
    "spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "shell of IPython": "get_ipython().system('true')",
}
NEEDED = {
    "the edition": "open(EDITION + '/cells.csv').read(1)",
    "list the edition": "os.listdir(EDITION)",
    "its boundaries": "geopandas.read_file(EDITION + '/provinces.geojson')",
    "a picture beside the notebook": "open('logo.svg').read()",
    "public tables": "importlib.import_module('ctip_analysis.base.reference').table('tables')",
    "shipped boundaries": "importlib.import_module('ctip_analysis.places.geography').provinces(2004)",
    "its own folder": "pathlib.Path(WORK, 'x').write_text('x')",
    "a temporary file": "tempfile.TemporaryFile().write(b'x')",
    "a temporary folder": "shutil.rmtree(tempfile.mkdtemp())",
    "an event loop": "asyncio.new_event_loop().close()",
    "the machine": "platform.platform() and platform.processor()",
    "fonts of the machine": "font_manager._load_fontmanager(try_read_cache=False)",
    "a time zone": "pandas.Timestamp('2004-01-01', tz='Asia/Phnom_Penh')",
}
ELSEWHERE = {  # what libraries in C open; their own error says so
    "GDAL": "geopandas.read_file(RECORDS + '/clients.csv')",
    "GDAL over the network": "geopandas.read_file('/vsicurl/' + SERVER + 'places.geojson')",
    "GDAL by an address": "pyogrio.read_dataframe(SERVER + 'places.geojson')",
}
PLACES = json.dumps({"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"n": 1}, "geometry": {"type": "Point", "coordinates": [104.9, 11.6]}}
]})  # fmt: skip
SCRIPT = """
import asyncio, importlib, json, os, pathlib, platform, shutil, socket, subprocess, sys, tempfile
EDITION, WORK, RECORDS, ROOT, PORT, TRIES = sys.argv[1:]
PORT, SERVER = int(PORT), f'http://127.0.0.1:{PORT}/'
PARENT = os.getppid()
from ctip_analysis.runs import guard
os.environ.update(guard.GDAL, TMPDIR=WORK, MPLCONFIGDIR=WORK)
guard.install(pathlib.Path(EDITION), pathlib.Path(WORK), pathlib.Path.cwd())
import geopandas, pandas, pyogrio
from matplotlib import font_manager
from IPython.core.interactiveshell import InteractiveShell
get_ipython = InteractiveShell.instance
pathlib.Path(WORK, 'modules.json').write_text(json.dumps(sorted(sys.modules)))
"""
TRY = """
said = {}
for name, line in json.loads(TRIES).items():
    try:
        eval(line)
        said[name] = ""
    except Exception as error:
        said[name] = f"{type(error).__name__}: {error}"
pathlib.Path(WORK, "said.json").write_text(json.dumps(said))
"""
NOTEBOOK = """
import asyncio, importlib, json, os, pathlib, platform, shutil, socket, subprocess, sys, tempfile
import geopandas, pandas, pyogrio
from matplotlib import font_manager
pathlib.Path('modules.json').write_text(json.dumps(sorted(sys.modules)))
EDITION, WORK, RECORDS, ROOT, PORT, TRIES = {arguments!r}
PORT, SERVER = int(PORT), f'http://127.0.0.1:{{PORT}}/'
PARENT = os.getppid()
os.chdir({folder!r})
"""


class Answers(SimpleHTTPRequestHandler):
    """Serves a file of places, and remembers that it was asked."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Whatever is asked for, it is the file of places."""
        self.asked.append(self.path)
        self.path = "/places.geojson"
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    """Where a web server of this machine listens."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "places.geojson").write_text(PLACES)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Answers, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert len(geopandas.read_file(f"http://127.0.0.1:{server.server_port}/places.geojson")) == 1
        Answers.asked.clear()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module", params=["started anew", "forked"])
def work(request, tmp_path_factory, edition_2004, port) -> Path:
    """Where one guarded process left what it said: of a kernel that was started anew, and of a report's process."""
    folder = tmp_path_factory.mktemp("guarded")
    records = write_minimal(folder / "records")
    for name in ("records/notes/names.md", "capitals/notes.md", "capitals/clients.CSV"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("a name")
    edition = shutil.copytree(
        edition_2004, records / "editions" / "2004"
    )  # where an operator may well put them
    shutil.copytree(edition, records / "editions" / "2003")
    notebooks, work = folder / "notebooks", folder / "work"
    for each in (notebooks, work):
        each.mkdir()
    for name in ("my_clients.csv", "logo.svg"):
        (notebooks / name).write_text("x")
    (notebooks / "link").symlink_to(records)
    tries = json.dumps(REFUSED | NEEDED | ELSEWHERE)
    arguments = [str(one) for one in (edition, work, records, guard.ROOT, port, tries)]
    if request.param == "forked":
        code = NOTEBOOK.format(arguments=arguments, folder=str(notebooks)) + TRY
        source = write_notebook(notebooks / "90_tries.ipynb", page=code)
        outcome = supervise(Task(source, {"year": 2004}, edition, "tries", "2004", work))
        assert [cell.state for cell in outcome.cells] == [DONE, DONE], outcome
    else:
        command = [sys.executable, "-c", SCRIPT + TRY, *arguments]
        done = subprocess.run(command, cwd=notebooks, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return work


@pytest.fixture(scope="module")
def said(work) -> dict[str, str]:
    """What each try got: "" where it was let through."""
    return json.loads((work / "said.json").read_text())


def test_a_report_begins_with_nothing_that_reads_records_or_opens_files_past_the_guard(work):
    held = json.loads((work / "modules.json").read_text())
    ours = {name.split(".")[1] for name in held if name.startswith("ctip_analysis.")}
    assert "guard" in ours and not ours & RECORD_READERS
    assert not {name.split(".")[0] for name in held} & guard._PAST_THE_AUDIT
    readers = {name.split(".")[1].lstrip("_") for name in held if name.startswith("pyarrow.")}
    assert not readers & guard._PYARROW


@pytest.mark.parametrize("name", REFUSED)
def test_a_donor_notebook_is_refused(said, name):
    assert said[name].startswith("RefusedError: ") and said[name].endswith(guard._HOW), said[name]


@pytest.mark.parametrize("name", NEEDED)
def test_a_donor_notebook_may(said, name):
    assert said[name] == ""


@pytest.mark.parametrize("name", ELSEWHERE)
def test_gdal_is_left_without_readers_of_tables_and_addresses(said, name):
    assert said[name].startswith("DataSourceError: ")


def test_no_server_was_asked_for_anything(said):
    assert said and Answers.asked == []


def test_a_refusal_names_the_file_and_its_folder_and_no_path_of_the_machine(said):
    assert "'clients.csv' of 'records' was not opened: it lies in a folder of records" in said["open"]
    assert not [name for name in REFUSED if "/notebooks" in said[name] or "/records" in said[name]]


@pytest.mark.parametrize(
    "path, writes, allowed",
    [
        ("python/lib/json.py", False, True),
        ("python/lib/words.txt", False, True),
        ("python/lib/__pycache__/json.pyc", True, True),
        ("python/lib/words.txt", True, False),
        ("code/tool.py", False, True),
        ("code/people.txt", False, False),
        ("code/closed/tool.py", False, False),
        ("notebooks/logo.png", False, True),
        ("notebooks/people.xlsx", False, False),
        ("notebooks/below/logo.png", False, False),
        ("notebooks/below/tool.py", False, True),
        ("work/x", True, True),
        ("elsewhere/x", False, False),
    ],
)  # fmt: skip
def test_the_longest_rule_decides(tmp_path, path, writes, allowed):
    rules = {"python": READ, "code": CODE, "code/closed": NO, "notebooks": NEAR, "work": WRITE}
    places = Places({str(tmp_path / name): rule for name, rule in rules.items()}, NAMES)
    if allowed:
        places.check(tmp_path / path, writes=writes)
    else:
        with pytest.raises(RefusedError):
            places.check(tmp_path / path, writes=writes)


def test_no_rule_opens_a_folder_that_holds_a_record_table(tmp_path):
    (tmp_path / "clients.xlsx").write_text("")
    (tmp_path / "old").mkdir()
    places = Places({str(tmp_path): WRITE}, NAMES)
    for path in ("clients.xlsx", "notes.md", "old/notes.md"):
        with pytest.raises(RefusedError, match="lies in a folder of records"):
            places.check(tmp_path / path)
    with pytest.raises(RefusedError, match="lies in a folder of records"):
        places.check(tmp_path, lists=True)


def test_every_module_behind_the_wall_is_closed_to_donor_notebooks():
    assert test_architecture.CONFIDENTIAL <= RECORD_READERS, "add the new ones to guard.RECORD_READERS"


def test_the_modules_that_notebooks_use_stay_open():
    finder = guard._Imports()
    for path in test_architecture.MODULES:
        if path.stem in test_architecture.OPEN | test_architecture.BELOW:
            assert finder.find_spec(f"ctip_analysis.{path.stem}") is None


def contents(out: Path) -> dict[str, bytes]:
    """What lies there for others: the operator's run records are left out."""
    files = [path for path in out.rglob("*") if path.is_file() and not path.name.endswith(".run-record.json")]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    "code, said",
    [
        (f"import pandas; pandas.read_csv({str(SAMPLE / 'cases.csv')!r})", "'cases.csv' of 'sample' was not opened"),
        ("import duckdb", "duckdb was not imported"),
        ("!true", "another program was not started"),
    ],
    ids=["records", "duckdb", "program"],
)  # fmt: skip
def test_a_report_that_tries_fails_with_a_sentence_and_the_last_good_one_stays(
    tmp_path, edition_2004, code, said
):
    out = tmp_path / "out"
    out.mkdir()
    (out / "cambodia_ctip_small_2004_en_SYNTHETIC.html").write_text("the last good report")
    before = contents(out)
    write_notebook(tmp_path / "notebooks" / "90_small.ipynb", code)
    with pytest.raises(ReportFailedError) as failed:
        report(edition_2004, wanted("small", {"year": 2004}, folder=tmp_path / "notebooks"), out)
    sentence, code = worded(failed.value)
    assert said in sentence and sentence.endswith("the last good report is as it was") and code == 1
    assert contents(out) == before
