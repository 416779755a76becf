"""The folder that is handed over: pages, their facts and their data, copied by name and audited before it appears.

Only what stands on the list is copied: nothing is left out, because nothing else ever gets in.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from ctip_analysis.audit import together as audit_together
from ctip_analysis.audit.scan import Finding, audit
from ctip_analysis.base.errors import MissingFileError, NotShareableError
from ctip_analysis.base.placing import DRAFT
from ctip_analysis.base.workspace import put, settle

NAMED = re.compile(r"(?P<period>(?:FY)?\d{4})\.r(?P<number>\d+)")  # 2004.r1, FY2004.r12
_DATA = {".csv", ".json", ".geojson", ".xlsx"}


def gather(out: Path, reports: Iterable[str], period: str, into: Path, *, drafts: bool = False) -> None:
    """Copy from the folder *out* into the folder *into* the *reports* with their facts and the data of *period*.

    With *drafts*, what lies there as drafts. Raises MissingFileError, which names all that should lie there
    and does not.
    """
    mark = DRAFT if drafts else ""
    pages = [f"{name}{mark}{kind}" for name in reports for kind in (".html", ".facts.json")]
    folder = f"data/{period}{mark}"
    absent = [name for name in pages if not (out / name).is_file()]
    absent += [] if (out / folder).is_dir() else [folder]
    if absent:
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        raise MissingFileError(
            f"{', '.join(absent[:5])}{more}: should lie in {out.name} and does not; make the reports again"
        )
    for name in pages:
        _copy(out / name, into / name)
    for path in sorted((out / folder).iterdir()):
        if path.suffix in _DATA and not path.name.startswith("."):
            _copy(path, into / folder / path.name)


def _copy(path: Path, to: Path) -> None:
    if path.is_symlink() or not path.is_file():
        raise NotShareableError(f"{path.name} is a link or no file: only plain files are handed over")
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


def refuse_findings(folder: Path) -> None:
    """Stop, with every finding, unless the audit of all that lies in *folder* is clean."""
    if found := audit([folder], withstood=audit_together.withstood()):
        raise NotShareableError(
            "\n".join([f"{count(found)}: not to be shared", *(f"  - {one}" for one in found)])
        )


def count(found: Iterable[Finding]) -> str:
    """How many findings, in words."""
    number = len(list(found))
    return f"{number} finding{'s' if number != 1 else ''} of the audit"


def put_in_place(folder: Path, hand_over: Path, period: str) -> Path:
    """Rename *folder* to the next ``PERIOD.rN`` in *hand_over*; the last one stays if it holds the same files.

    Returns the folder that holds them now. Nothing that lies in *hand_over* is changed.
    """
    earlier = numbered(hand_over, period)
    if earlier and _same(folder, earlier[-1]):
        return earlier[-1]
    number = int(NAMED.fullmatch(earlier[-1].name)["number"]) if earlier else 0  # type: ignore[index]
    target = hand_over / f"{period}.r{number + 1}"
    folder.chmod(0o755)
    put(folder, target)
    settle(hand_over)
    return target


def numbered(hand_over: Path, period: str = "") -> list[Path]:
    """Folders handed over before, of one period or of all, in the order of period and number."""
    named = [(NAMED.fullmatch(path.name), path) for path in hand_over.glob("*.r*") if path.is_dir()]
    held = [(found["period"], int(found["number"]), path) for found, path in named if found]
    return [path for one, _, path in sorted(held) if period in ("", one)]


def _same(made: Path, there: Path) -> bool:
    """Whether two folders hold the same files, byte for byte."""
    names = [
        sorted(path.relative_to(top) for path in top.rglob("*") if path.is_file()) for top in (made, there)
    ]
    return names[0] == names[1] and all(
        (made / name).read_bytes() == (there / name).read_bytes() for name in names[0]
    )
