"""Put a finished report into its folder by rename, so that a failed or killed run leaves the last one whole.

A run works in a private folder beside the reports (workspace.py).
"""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

from ctip_analysis.base.reference import sha256
from ctip_analysis.base.workspace import put, settle, swap

DRAFT = "_DRAFT"


def lay_down(page: Path, data: Path, out: Path, period: str) -> Path:
    """Move *page*, its facts and the folder *data* into *out*; return the page's place there.

    The page comes last, so that it never stands without what it rests on.
    """
    lay_data(data, out, period, is_draft=page.stem.endswith(DRAFT))
    return lay_page(page, out, period)


def lay_data(data: Path, out: Path, period: str, *, is_draft: bool = False) -> Path:
    """Move the folder *data* to its place in *out*, unless the same lies there; a draft's data have their own place."""
    beside = out / "data" / f"{period}{DRAFT if is_draft else ''}"
    if not _same(data, beside):
        _replace_folder(data, beside, data.parent / "superseded")
        settle(beside.parent)
    return beside


def lay_page(page: Path, out: Path, period: str) -> Path:
    """Move *page* and its facts into *out*.

    A draft lies beside the last good report; a good report takes the place of its draft.
    """
    facts, there = _facts_of(page), out / _facts_of(page).name
    aside = page.with_name("superseded.facts.json")
    if there.is_file():
        shutil.copyfile(there, aside)
    put(facts, there)
    try:
        put(page, out / page.name)
    except OSError:  # the page there keeps the facts it rests on
        if aside.is_file():
            put(aside, there)
        else:
            there.unlink()
        raise
    settle(out)  # before a record says that it lies there
    if not page.stem.endswith(DRAFT):
        _remove_draft(out, page.stem, period)
    return out / page.name


def outputs(out: Path, page: str) -> dict[str, str]:
    """Hashes of the files of the report *page* (a stem) that lie in *out*, by name."""
    there = [path for path in (out / f"{page}.html", out / f"{page}.facts.json") if path.is_file()]
    return {path.name: sha256(path) for path in there}


def _facts_of(page: Path) -> Path:
    return page.with_name(f"{page.stem}.facts.json")


def _same(made: Path, there: Path) -> bool:
    """Whether two folders hold the same files, byte for byte."""
    if not there.is_dir():
        return False
    names = sorted(path.name for path in made.iterdir())
    if names != sorted(path.name for path in there.iterdir()):
        return False
    return filecmp.cmpfiles(made, there, names, shallow=False)[0] == names


def _replace_folder(made: Path, there: Path, aside: Path) -> None:
    """Put *made* in the place of *there* as a whole; what was there comes back if that fails."""
    there.parent.mkdir(parents=True, exist_ok=True)
    if there.exists():
        if swap(made, there):
            os.rename(made, aside)  # nobody shall take the old ones for new
            return
        os.rename(there, aside)
    try:
        put(made, there)
    except OSError:
        if aside.exists():
            os.rename(aside, there)
        raise


def _remove_draft(out: Path, stem: str, period: str) -> None:
    """The draft of a report that is good now, and the drafts' data when no draft of the period is left."""
    draft = out / f"{stem}{DRAFT}.html"
    for path in (draft, _facts_of(draft)):
        path.unlink(missing_ok=True)
    if not list(out.glob(f"*_{period}_*{DRAFT}.html")):
        shutil.rmtree(out / "data" / f"{period}{DRAFT}", ignore_errors=True)


def of_other_editions(out: Path, period: str, edition_id: str) -> list[str]:
    """Names of pages of *period* in *out* that were made from another edition than the data beside them."""
    pages = [path for path in sorted(out.glob(f"*_{period}_*.html")) if DRAFT not in path.stem]
    return [path.name for path in pages if edition_id not in path.read_text(encoding="utf-8")]
