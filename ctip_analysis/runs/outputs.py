"""Files of finished reports: put into their folder by rename, and gathered for a hand-over.

A failed or killed run leaves the last good report whole; a draft is beside it and never replaces it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from ctip_analysis.base import files
from ctip_analysis.base.errors import MissingFileError, NotShareableError
from ctip_analysis.base.reference import sha256
from ctip_analysis.edition import Edition
from ctip_analysis.runs import run_record
from ctip_analysis.runs.run_record import DataRecord

DRAFT = "_DRAFT"
FACTS = ".facts.json"
PDF = ".pdf"
_NAMED = re.compile(r"(?P<period>(?:FY)?\d{4})\.r(?P<number>\d+)")  # 2004.r1, FY2004.r12
_DATA = {".csv", ".json", ".geojson", ".xlsx"}
_LINKED = re.compile(r'href="data/(\w+)/')


def data_folder(out: Path, period: str, *, is_draft: bool = False) -> Path:
    """Where the data of *period* are among the reports in *out*; those of drafts are apart."""
    return out / "data" / f"{period}{DRAFT if is_draft else ''}"


def put_page(page: Path, out: Path, period: str) -> Path:
    """Move *page*, its facts and its PDF into *out*; a good report removes its draft. The page comes last.

    Where the page can't be put there, the one there keeps its own facts.
    """
    facts, there = page.with_suffix(FACTS), out / f"{page.stem}{FACTS}"
    aside = page.with_name("superseded.facts.json")
    if there.is_file():
        shutil.copyfile(there, aside)
    files.put(facts, there)
    try:
        files.put(page, out / page.name)
    except OSError:
        if aside.is_file():
            files.put(aside, there)
        else:
            there.unlink()
        raise
    if (made := page.with_suffix(PDF)).is_file():
        files.put(made, out / made.name)
    else:  # an earlier one would say something else than the page
        (out / made.name).unlink(missing_ok=True)
    files.settle(out)  # before a record says that it is there
    if not page.stem.endswith(DRAFT):
        _remove_draft(out, page.stem, period)
    return out / page.name


def _remove_draft(out: Path, stem: str, period: str) -> None:
    """Remove the draft of a report, and the drafts' data with the last draft of the period."""
    for kind in (".html", FACTS, PDF):
        (out / f"{stem}{DRAFT}{kind}").unlink(missing_ok=True)
    if not list(out.glob(f"*_{period}_*{DRAFT}.html")):
        shutil.rmtree(data_folder(out, period, is_draft=True), ignore_errors=True)


def hashes(out: Path, page: str) -> dict[str, str]:
    """Hashes of the files in *out* of the report *page* (a stem), by name."""
    named = (out / f"{page}{kind}" for kind in (".html", FACTS, PDF))
    return {path.name: sha256(path) for path in named if path.is_file()}


def data_are_there(out: Path, edition: Edition) -> bool:
    """Whether the data of *edition* are in *out* as they were made."""
    period = str(edition.info["period"])
    now = _now(out, period, edition.id)
    return bool(now.outputs) and run_record.read(_record_of_data(out, period), DataRecord) == now


def note_data(out: Path, edition: Edition) -> None:
    """Record the data in *out* as those of *edition*."""
    period = str(edition.info["period"])
    run_record.write(_record_of_data(out, period), _now(out, period, edition.id))


def _record_of_data(out: Path, period: str) -> Path:
    return out / f"data-{period}{run_record.SUFFIX}"


def _now(out: Path, period: str, edition: str) -> DataRecord:
    """What the record of the data of *period* in *out* would say now."""
    folder = data_folder(out, period)
    found = {path.name: sha256(path) for path in sorted(folder.iterdir())} if folder.is_dir() else {}
    return DataRecord(edition=edition, outputs=found)


def of_other_editions(out: Path, period: str, edition_id: str) -> list[str]:
    """Names of pages of *period* in *out* that were made from another edition than the data beside them."""
    pages = [path for path in sorted(out.glob(f"*_{period}_*.html")) if DRAFT not in path.stem]
    return [path.name for path in pages if edition_id not in path.read_text(encoding="utf-8")]


def data_of(page: Path) -> str:
    """Name of the folder of data that *page* links to, which is that of its edition; "" if it links to none."""
    found = _LINKED.search(page.read_text(encoding="utf-8"))
    return found[1] if found else ""


def remove_old_data(out: Path) -> None:
    """Remove data in *out* of an edition that no page there names any more; data that somebody changed stay."""
    pages = [path.read_text(encoding="utf-8") for path in out.glob("*.html")]
    for path in out.glob(f"data-*{run_record.SUFFIX}"):
        record, period = run_record.read(path, DataRecord), path.name[len("data-") : -len(run_record.SUFFIX)]
        if record is None or any(record.edition in page for page in pages):
            continue
        if record == _now(out, period, record.edition):
            shutil.rmtree(data_folder(out, period), ignore_errors=True)
            path.unlink()


def gather(out: Path, reports: Sequence[str], into: Path, *, drafts: bool = False) -> None:
    """Copy the *reports* in *out*, their facts, PDF and the data they link to into *into*, and nothing else.

    MissingFileError: something is missing, or a page is of another edition than its data; all of it is named.
    """
    mark = DRAFT if drafts else ""
    pages = [f"{name}{mark}{kind}" for name in reports for kind in (".html", FACTS)]
    there = [path for name in pages if (path := out / name).is_file() and path.suffix == ".html"]
    linked = sorted({name for path in there if (name := data_of(path))})
    absent = [name for name in pages if not (out / name).is_file()]
    absent += [f"data/{name}" for name in linked if not (out / "data" / name).is_dir()]
    absent += [f"data of the edition of {path.name}" for path in there if _is_of_another(path)]
    if absent:
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        raise MissingFileError(f"{', '.join(absent[:5])}{more}: not in {out.name}; make the reports again")
    printed = [f"{name}{mark}{PDF}" for name in reports if (out / f"{name}{mark}{PDF}").is_file()]
    for name in [*pages, *printed]:
        _copy(out / name, into / name)
    for path in sorted(path for name in linked for path in (out / "data" / name).iterdir()):
        if path.suffix in _DATA and not path.name.startswith("."):
            _copy(path, into / "data" / path.parent.name / path.name)


def _is_of_another(page: Path) -> bool:
    """Whether *page* does not name the edition of the data that it links to."""
    record = run_record.read(_record_of_data(page.parent, data_of(page)), DataRecord)
    return record is not None and record.edition not in page.read_text(encoding="utf-8")


def _copy(path: Path, to: Path) -> None:
    if path.is_symlink() or not path.is_file():
        raise NotShareableError(f"{path.name} is a link or no file: only plain files are handed over")
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


def hand_over(folder: Path, hand_overs: Path, period: str) -> Path:
    """Rename *folder* to the next ``PERIOD.rN`` in *hand_overs*; the last one, if it has the same files, is kept.

    Returns the folder that has them now. No earlier hand-over is changed.
    """
    earlier = numbered(hand_overs, period)
    if earlier and files.is_same(folder, earlier[-1]):
        return earlier[-1]
    number = _parts(earlier[-1])[1] if earlier else 0
    target = hand_overs / f"{period}.r{number + 1}"
    folder.chmod(0o755)
    files.put(folder, target)
    files.settle(hand_overs)
    return target


def numbered(hand_overs: Path, period: str = "") -> list[Path]:
    """Earlier hand-overs, of one period or of all, in the order of period and number."""
    found = [path for path in hand_overs.glob("*.r*") if path.is_dir() and _NAMED.fullmatch(path.name)]
    return sorted((path for path in found if period in ("", _parts(path)[0])), key=_parts)


def _parts(path: Path) -> tuple[str, int]:
    named = _NAMED.fullmatch(path.name)
    return (named["period"], int(named["number"])) if named else ("", 0)


def remove_old(hand_overs: Path, keep: int) -> list[str]:
    """Remove the hand-overs beyond the newest *keep* of each period; their names.

    Each is renamed away first, so that none is found in part. NotShareableError where editions are: protection needs
    every edition that was shown.
    """
    if any(hand_overs.glob("*/edition.json")) or any(hand_overs.glob("history/*/edition.json")):
        raise NotShareableError(f"{hand_overs.name} has editions, which are never removed; give another hand_over")
    by_period = groupby(numbered(hand_overs), key=lambda path: _parts(path)[0])
    old = [path for _, paths in by_period for path in list(paths)[:-keep]]
    for path in old:
        with files.private_folder(hand_overs, ".old-") as private:
            os.rename(path, private / path.name)
    return [path.name for path in old]
