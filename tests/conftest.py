"""What several rooms' tests share: editions of the shipped sample, made once a run, and a few guards."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from ctip_analysis.base.reference import ROOT

if TYPE_CHECKING:
    import pandas as pd

    from ctip_analysis.edition import Edition
    from ctip_analysis.inside import Records

SAMPLE = ROOT / "data" / "sample"

# Drawn examples are the same in every run, so that a change passes or fails for what it is. To look further:
# pytest --hypothesis-profile=explore
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("same")


@pytest.fixture(scope="session")
def records() -> Records:
    """The shipped sample as records."""
    from ctip_analysis.inside.records import load_records

    return load_records(SAMPLE)


@pytest.fixture(scope="session")
def cells(records: Records) -> pd.DataFrame:
    """Unprotected cells of the shipped sample, to the end of 2004."""
    from ctip_analysis.inside.counting.count import count

    return count(records, year=2004)


@pytest.fixture(scope="session")
def edition_2004(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the 2004 edition of the shipped sample; processes that test side by side make it once."""
    return _released(tmp_path_factory, "2004", year=2004)


@pytest.fixture(scope="session")
def edition_fy2004(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the fiscal 2004 edition of the shipped sample, made once as well."""
    return _released(tmp_path_factory, "FY2004", year=2004, basis="fiscal")


@pytest.fixture(scope="session")
def edition(edition_2004: Path) -> Edition:
    """The 2004 edition of the shipped sample."""
    from ctip_analysis.edition import open_edition

    return open_edition(edition_2004)


def _released(tmp_path_factory: pytest.TempPathFactory, name: str, **settings: object) -> Path:
    """The edition *name* of the sample, released by whichever process asks first.

    ``CTIP_TEST_EDITIONS`` names a folder of editions to use instead, which saves a minute while one works on tests.
    """
    ready = Path(os.environ.get("CTIP_TEST_EDITIONS", "")) / name
    if (ready / "edition.json").is_file():
        return ready
    from ctip_analysis.inside import confidential, release

    with (
        made_once(tmp_path_factory, f"edition-{name}") as (work, is_new),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(confidential, "FOLDER", work / "confidential")
        if is_new:
            release(SAMPLE, out=work / "editions", **settings)
    return work / "editions" / name


@pytest.fixture(scope="session")
def report_2004(edition_2004: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The report of 2004 that ``ctip report`` makes of a notebook, made when it is first asked for."""
    from ctip_analysis.runs import batch_run
    from ctip_analysis.runs.editions import Source

    def made(name: str, **parameters: str) -> Path:
        with made_once(tmp_path_factory, f"report-{name}") as (work, is_new):
            if is_new:
                given = {"year": 2004, "basis": "calendar", "language": "en", **parameters}
                source = Source(edition_2004, None, print, release=NotImplemented)
                code, _ = batch_run.report(str(ROOT / "notebooks" / f"{name}.ipynb"), given, source, work / "out")
                assert code == 0, "the audit, or the notebook, stopped the report"
        (page,) = (work / "out").glob("*.html")
        return page

    return made


@contextlib.contextmanager
def made_once(tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[tuple[Path, bool]]:
    """A folder that all processes of a test run share, for the first of them to fill."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / name / "done"
        yield shared / name, not done.exists()
        done.parent.mkdir(exist_ok=True)
        done.touch()


@pytest.fixture
def operator_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's confidential records go where the test can see them."""
    from ctip_analysis.inside import confidential

    monkeypatch.setattr(confidential, "FOLDER", tmp_path / "confidential")
    return tmp_path / "confidential"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A record folder with as little as may be in it."""
    from record_folder import write_minimal

    return write_minimal(tmp_path / "records")


@pytest.fixture
def renamed_to(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names given to files and folders in this test; it fails if one of their files had not reached the disk.

    After a power cut such a name can belong to an empty file.
    """
    safe: dict[int, int] = {}  # by inode: when it was changed last before it reached the disk
    names: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted(handle: int) -> None:
        fsync(handle)
        safe[os.fstat(handle).st_ino] = os.fstat(handle).st_mtime_ns

    def looked_at(made: Path, there: Path) -> None:
        files = [path for path in [Path(made), *Path(made).rglob("*")] if path.is_file()]
        lost = [path.name for path in files if safe.get(path.stat().st_ino) != path.stat().st_mtime_ns]
        assert not lost, f"{Path(there).name} was given a name before {', '.join(lost)} reached the disk"
        names.append(Path(there).name)
        replace(made, there)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "replace", looked_at)
    monkeypatch.setattr(os, "rename", looked_at)
    return names


@pytest.fixture(autouse=True)
def no_figure_is_left_open() -> Iterator[None]:
    """A figure that stays open after a test is a leak in a room that draws."""
    yield
    import sys

    if pyplot := sys.modules.get("matplotlib.pyplot"):
        left = pyplot.get_fignums()
        pyplot.close("all")
        assert not left, f"{len(left)} figures were left open"
