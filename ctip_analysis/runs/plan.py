"""What a batch will do: every report of ``reports.yml`` with what has to be done about it, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ctip_analysis.base.errors import CtipError, ParameterError
from ctip_analysis.base.placing import DRAFT, outputs
from ctip_analysis.edition import choices
from ctip_analysis.edition.read import PARTS, Released
from ctip_analysis.edition.reads import Contents
from ctip_analysis.runs import report, reports_file, run_record, stale
from ctip_analysis.runs.report import Wanted
from ctip_analysis.runs.reports_file import ALL, Entry
from ctip_analysis.runs.stale import NOTHING, RENDER, RUN
from ctip_analysis.runs.task import DONE, Task


@dataclass(frozen=True)
class Planned:
    """One report of a batch: what is asked, the stem of its page, what has to be done about it and why."""

    asked: Wanted
    name: str
    made_of: Mapping[str, str]
    work: str = RUN
    why: str = "asked for"
    kept: Path | None = None
    degraded: str = ""

    @property
    def page(self) -> str:
        """Stem of the page it makes: a draft's own, beside the last good one."""
        return f"{self.name}{DRAFT if self.degraded else ''}"

    def task(self, edition: Path, place: Path) -> Task:
        """What is sent to a worker; *place* is a private folder for the result."""
        return Task(
            notebook=self.asked.source.resolve(), settings=self.asked.for_notebook(edition), edition=edition.resolve(),
            name=self.page, period=self.asked.period, place=place, limits=self.asked.limits,
            degraded=self.degraded, kept=self.kept,
        )  # fmt: skip


@dataclass(frozen=True)
class Edition:
    """An edition that reports are made of: its folder, what it holds, and digests of its parts."""

    folder: Path
    released: Released
    contents: Contents

    @classmethod
    def of(cls, folder: Path, released: Released) -> Edition:
        """The edition read from *folder*."""
        parts = vars(released)
        return cls(folder, released, Contents({name: parts[name] for name in PARTS}))

    @property
    def period(self) -> str:
        """Its own reporting year: 2004 or FY2004."""
        return str(self.released.info["period"])


def from_file(path: Path, edition: Edition, notebooks: Path = report.NOTEBOOKS) -> list[Wanted]:
    """Every report that the file *path* asks for, in its order, checked against *edition*.

    Raises
    ------
    ParameterError
        A notebook, parameter or value is unknown, or two reports would have one name; every fault at once.
    """
    asked: list[Wanted] = []
    faults: list[str] = []
    for entry in reports_file.read(path):
        try:
            asked += _of_entry(entry, edition.released, notebooks, faults)
        except CtipError as error:
            faults.append(f"{entry.place}: {error}")
    names = [report.file_name(one, edition.released) for one in asked]
    faults += [
        f"{name} would be made twice" for name in sorted({one for one in names if names.count(one) > 1})
    ]
    if faults := list(dict.fromkeys(faults)):  # a wrong name is one fault, in however many reports
        raise ParameterError(
            "\n".join([f"{path.name}: {len(faults)} fault(s)", *(f"  - {one}" for one in faults)])
        )
    return asked


def _of_entry(entry: Entry, released: Released, folder: Path, faults: list[str]) -> Iterator[Wanted]:
    used: set[int] = set()
    for combination in _expanded(entry.combinations, released):
        out = [at for at, some in enumerate(entry.exclude) if some.items() <= combination.items()]
        used.update(out)
        if out:
            continue
        try:
            asked = report.wanted(
                entry.notebook, combination, folder=folder, audience=entry.audience, limits=entry.limits
            )
            report.check(asked, released)
            yield asked
        except ParameterError as error:
            faults.append(f"{entry.place}: {error}")
    unused = [some for at, some in enumerate(entry.exclude) if at not in used]
    faults += [f"{entry.place}: exclude {some} takes nothing out" for some in unused]


def _expanded(combinations: Iterable[dict[str, str]], released: Released) -> Iterator[dict[str, str]]:
    """Each combination with its year and basis; ``province: all`` once for every province of its year."""
    for given in combinations:
        one = {"year": str(released.year), "basis": released.basis, **given}
        if one.get("province") != ALL or not one["year"].isdigit():
            yield one
            continue
        choices.check(released, {"year": one["year"], "basis": one["basis"]})
        yield from ({**one, "province": code} for code in choices.provinces(released, int(one["year"])))


def plan(asked: Iterable[Wanted], edition: Edition, *, degraded: str = "") -> list[Planned]:
    """The reports that are *asked* for, all to be run; *degraded* makes drafts of all of them and says why."""
    lacking = degraded or report.lacking(edition.released)
    return [
        Planned(
            one, report.file_name(one, edition.released), stale.made_of(one.source, one.settings, edition.released.id),
            degraded=lacking,
        )
        for one in asked
    ]  # fmt: skip


def only_stale(planned: Iterable[Planned], edition: Edition, out: Path) -> list[Planned]:
    """*planned* with no more work than has to be done: the page lies there, or its kept notebook still holds."""
    return [_least(one, edition, out) for one in planned]


def _least(planned: Planned, edition: Edition, out: Path) -> Planned:
    record = run_record.read(run_record.path_of(out, planned.name))
    if planned.degraded or record.get("state") != DONE:
        why = f"it is {record['state']}" if record else "it was never made"
        return _from_kept(planned, edition, why)
    work, why = stale.reason(record["made_of"], planned.made_of)
    if work == NOTHING and outputs(out, planned.name) != record["outputs"]:
        work, why = RENDER, "its page was changed or is gone"
    if work == NOTHING:
        return replace(planned, work=NOTHING, why="")
    return _from_kept(planned, edition, why)


def _from_kept(planned: Planned, edition: Edition, why: str) -> Planned:
    """To be rendered again if the notebook that was executed last still holds, else to be run."""
    kept = stale.kept(planned.made_of, edition.contents)
    return replace(planned, work=RENDER if kept else RUN, why=why, kept=kept)


def only_failed(planned: Iterable[Planned], out: Path) -> list[Planned]:
    """*planned* with nothing to do for reports whose last run was done."""
    return [
        replace(one, work=NOTHING, why="")
        if run_record.read(run_record.path_of(out, one.name)).get("state") == DONE
        else one
        for one in planned
    ]
