"""Rebuild a report from the edition it was made of, and say whether the page that lies there is the same.

What differs is said in the reader's terms: numbers, words, figures; then what is otherwise on this machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bs4 import BeautifulSoup

from ctip_analysis.base import provenance
from ctip_analysis.base.errors import CtipError, MissingFileError, ParameterError, ReportFailedError
from ctip_analysis.edition.read import read_edition
from ctip_analysis.runs import report, run_record
from ctip_analysis.runs.plan import Edition, plan
from ctip_analysis.runs.supervise import supervise
from ctip_analysis.runs.task import DEGRADED, DONE

_NAMED = 3  # differing numbers named by their id


@dataclass(frozen=True)
class Verified:
    """One report: the name of its page, and every way in which its rebuilt page differs; none if it is the same."""

    name: str
    differs: tuple[str, ...]


def verify(pages: Iterable[Path], editions: Path, notebooks: Path = report.NOTEBOOKS) -> Iterator[Verified]:
    """Rebuild each of *pages* from its edition, which lies somewhere below *editions*, superseded ones too.

    Raises
    ------
    ParameterError
        A page is not there.
    """
    known = _editions(editions)
    for page in pages:
        if not page.is_file() or page.suffix != ".html":
            raise ParameterError(f"{page.name}: there is no such report; give the HTML file of one")
        try:
            yield Verified(page.name, tuple(_differences(page, known, notebooks)))
        except CtipError as error:
            yield Verified(page.name, (f"can't be rebuilt: {error}",))


def _editions(folder: Path) -> dict[str, Path]:
    """Folders of all editions below *folder* by id."""
    found = {}
    for path in sorted(folder.rglob("edition.json")):
        found[str(json.loads(path.read_text(encoding="utf-8")).get("id"))] = path.parent
    return found


def _differences(page: Path, editions: dict[str, Path], notebooks: Path) -> Iterator[str]:
    record = run_record.read(run_record.path_of(page.parent, page.stem))
    good = record.get("last_good")
    if not good:
        raise MissingFileError(
            "no run record of a good report lies beside it, which would say what it was made of"
        )
    if good["edition"] not in editions:
        raise MissingFileError(
            f"its edition {good['edition'][:12]} does not lie below the folder of editions"
        )
    asked = report.wanted(record["notebook"], record["parameters"], folder=notebooks)
    folder = editions[good["edition"]]
    source = Edition.of(folder, read_edition(folder))
    report.check(asked, source.released)
    with TemporaryDirectory(prefix="ctip-verify-") as place:
        task = plan([asked], source)[0].task(folder, Path(place))
        outcome = supervise(task)
        if outcome.state not in (DONE, DEGRADED):
            raise ReportFailedError(outcome.sentence)
        found = list(_compared(page, task.page))
    yield from found
    if found:
        yield from _otherwise(record["provenance"])


def _compared(old: Path, new: Path) -> Iterator[str]:
    """How two pages differ, in what a reader sees of them."""
    if old.read_bytes() == new.read_bytes():
        return
    before, after = (BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in (old, new))
    numbers, others = (
        [(str(one["value"]), one.get_text()) for one in page.select("data.fact")] for page in (before, after)
    )
    if numbers != others:
        named = sorted({fact for fact, _ in set(numbers) ^ set(others)})
        more = " and more" if len(named) > _NAMED else ""
        yield f"{len(named)} number(s): {', '.join(named[:_NAMED])}{more}"
    if _words(before) != _words(after):
        yield "words"
    pictures, redrawn = ([one["src"] for one in page.find_all("img")] for page in (before, after))
    if pictures != redrawn:
        same = sum(one == other for one, other in zip(pictures, redrawn, strict=False))
        yield f"{max(len(pictures), len(redrawn)) - same} figure(s)"
    alike = numbers == others and _words(before) == _words(after) and pictures == redrawn
    if alike:
        yield "what is not seen: typefaces, styles or markup"


def _words(page: BeautifulSoup) -> list[str]:
    """The page's text without its numbers, which are compared by their ids."""
    bare = BeautifulSoup(str(page), "html.parser")
    for number in bare.select("data.fact, style"):
        number.decompose()
    return bare.get_text(" ", strip=True).split()


def _otherwise(before: dict[str, Any]) -> Iterator[str]:
    """What is otherwise on this machine than when the page was made."""
    now = provenance.known()
    if before["commit"] != now["commit"] or before["is_dirty"] or now["is_dirty"]:
        yield f"the code: {_code(before)} then, {_code(now)} now"
    if before["lock"] != now["lock"]:
        yield "the lock file of packages"
    versions = {name: (before["packages"].get(name), version) for name, version in now["packages"].items()}
    changed = [f"{name} {old} then, {new} now" for name, (old, new) in versions.items() if old != new]
    if before["python"] != now["python"]:
        changed.insert(0, f"Python {before['python']} then, {now['python']} now")
    if changed:
        yield f"packages: {'; '.join(changed)}"


def _code(known: dict[str, Any]) -> str:
    return f"{known['commit'][:12] or 'unknown'}{' with changes' if known['is_dirty'] else ''}"
