"""Makes one report: notebook and parameters checked, edition found or released, page put in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ctip_analysis.base.errors import ReportFailedError
from ctip_analysis.runs import request
from ctip_analysis.runs.request import ANNUAL, PROFILE


def make(
    notebook: str,
    given: Mapping[str, object],
    edition: Path | None,
    data: Path,
    out: Path,
    say: Callable[[str], None],
    release: Callable[..., Path],
) -> tuple[int, str]:
    """Make the report of *notebook* with the parameters *given* into *out*; exit code and path of the page.

    Without an *edition* it is made from that of the records in *data*, which *release* writes where it is missing or
    they changed. *say* is called with a line a step.

    Raises
    ------
    ParameterError
        A parameter is wrong, or the edition does not have what it asks for; nothing was started.
    ReportFailedError
        It is not done; what was in *out* is as it was.
    """
    asked = request.request(notebook or (PROFILE if "province" in given else ANNUAL), given)
    say(f"{asked.notebook.stem}: notebook and parameters are in order")
    from ctip_analysis.edition import open_edition
    from ctip_analysis.runs import batch, editions, outputs, plan
    from ctip_analysis.runs.run_record import DEGRADED, DONE

    year, basis = int(str(given["year"])), str(given["basis"])
    source = open_edition(
        editions.require(edition) if edition else editions.edition_of(data, year, basis, say, release)
    )
    request.check(asked, source)
    say(f"{asked.notebook.stem}: running, rendering, auditing")
    planned = plan.plan([asked], source)[0]
    outcome = batch.make([planned], source, out).outcomes[planned.name]
    if outcome.state not in (DONE, DEGRADED):
        raise ReportFailedError(f"{outcome.sentence}; the last good report is as it was", outcome.where)
    say(", ".join(f"{part} {took:.1f} s" for part, took in outcome.seconds.items()))
    page = str(out / f"{planned.page}.html")
    if outcome.state == DEGRADED:
        say(f"{planned.degraded} This page is marked DRAFT; the last good report is as it was.")
        return 1, page
    for other in outputs.of_other_editions(out, asked.period, source.id):
        say(f"{other} is of another edition than the data beside it: make it again")
    return 0, page
