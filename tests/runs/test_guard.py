"""A donor notebook opens its edition, and no records, no network and no other program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from record_folder import write_minimal
from small_edition import write_small_edition

from ctip_analysis.base.reference import ROOT
from ctip_analysis.runs import guard

SCRIPT = """
import json, os, sys
from pathlib import Path
import numpy, pandas, geopandas, matplotlib.pyplot, pyarrow.parquet
from ctip_analysis.runs import guard
records, edition, work, tries = sys.argv[1:]
os.chdir(work)
guard.install(Path(edition), Path(work))
became = {}
for name, code in json.loads(tries).items():
    try:
        exec(code, {"records": records, "edition": edition, "work": work, "root": %r})
        became[name] = "allowed"
    except BaseException as error:
        became[name] = f"{type(error).__name__}: {error}"
sys.stdout.write(json.dumps(became))
"""
KINDS = ("ods", "tsv", "xlsm", "csv.gz", "zip")  # of files that records are read from
REFUSED = {
    "a table of records": "open(records + '/clients.csv')",
    "a file beside records": "open(records + '/notes.txt')",
    "pandas": "import pandas; pandas.read_csv(records + '/clients.csv')",
    "a link to records": "import os; os.symlink(records, work + '/link'); open(work + '/link/clients.csv')",
    "a listing": "import os; os.listdir(records)",
    "records by os.open": "import os; os.open(records + '/clients.csv', os.O_RDONLY)",
    "the operator's files": "open(root + '/build/confidential/x.json')",
    "the environment of a process": "open('/proc/1/environ')",
    "parquet": "import pandas; pandas.read_parquet(records + '/clients.parquet')",
    "loading records": "import ctip_analysis as ctip; ctip.load_records(records)",
    "the room": "import importlib; importlib.import_module('ctip_analysis.inside.release')",
    "duckdb": "import duckdb",
    "ibis": "import ibis",
    "a program": "import subprocess; subprocess.run(['true'])",
    "a shell": "import os; os.system('true')",
    "a fork": "import os; os.fork() or os._exit(0)",
    "the network": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "a name": "import socket; socket.getaddrinfo('localhost', 80)",
    "an address": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
    "a file elsewhere": "open(records + '/../elsewhere', 'w')",
    "a file moved elsewhere": "open('x', 'w').close(); import os; os.rename('x', work + '/../elsewhere')",
    "removing": "import os; os.remove(records + '/clients.csv')",
    "an edition changed": "open(edition + '/cells.csv', 'a')",
    **{f"a table as {kind}": f"open(records + '/../{kind}/clients.{kind}')" for kind in KINDS},
}
ALLOWED = {
    "a search that finds no records": "import pathlib; assert not list(pathlib.Path(records).glob('*.csv'))",
    "its edition": "import ctip_analysis as ctip; ctip.open_edition(edition).cells('performances_held')",
    "a map": "import ctip_analysis as ctip; ctip.load_provinces(2004)",
    "a file of its own": "open('own.txt', 'w').write('x'); open('own.txt').read(); __import__('os').remove('own.txt')",
    "excel": "import pandas; pandas.DataFrame({'a': [1]}).to_excel('a.xlsx'); pandas.read_excel('a.xlsx')",
    "a figure": "import matplotlib.pyplot as p; f, a = p.subplots(); a.set_title('ក'); f.savefig('a.png'); p.close(f)",
    "what Python asks of the system": "import platform; platform.uname().processor",
    "public tables": "from ctip_analysis.base import reference; reference.table('indicators')",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> dict[str, str]:
    """What became of each try; the edition is inside the folder of records."""
    work = tmp_path_factory.mktemp("guard")
    records = write_minimal(work / "records")
    (records / "notes.txt").write_text("x")
    for kind in KINDS:
        (work / kind).mkdir()
        (work / kind / f"clients.{kind}").write_text("x")
    edition = write_small_edition(records / "editions" / "2004")
    (work / "own").mkdir()
    tries = json.dumps(REFUSED | ALLOWED)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT % str(ROOT), records, edition, work / "own", tries],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (records / "clients.csv").is_file() and not (work / "elsewhere").exists()
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", REFUSED)
def test_a_donor_notebook_is_refused(said, name):
    assert "a donor notebook takes its numbers from its edition" in said[name]


@pytest.mark.parametrize("name", ALLOWED)
def test_a_donor_notebook_may(said, name):
    assert said[name] == "allowed"


def test_a_refusal_names_a_file_and_its_folder_and_no_path_of_the_machine(said):
    assert said["a table of records"].startswith("RefusedError: 'clients.csv' of 'records' was not opened")


def test_every_module_that_sees_records_is_closed():
    inside = Path(guard.__file__).parents[1] / "inside"
    assert inside.is_dir() and "ctip_analysis.inside" in guard._CLOSED


def test_libraries_can_do_without_what_is_refused():
    assert issubclass(guard.RefusedError, PermissionError)
