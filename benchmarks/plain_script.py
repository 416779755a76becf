"""The floor: the same notebooks, pages and audit as a plain loop in warm processes, nothing supervised or recorded.

FILE EDITION OUT PROCESSES SECONDS_FILE. Importing is not counted.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any

from ctip_analysis.base.environment import EDITION

os.environ |= {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}


def main(listed: Path, edition: Path, out: Path, processes: int, said: Path) -> None:
    """Share the reports among *processes*, and write down the seconds from the moment all of them are warm."""
    entries = json.loads(listed.read_text())["reports"]
    asked = [{"notebook": entry["notebook"], **one} for entry in entries for one in entry["include"]]
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(processes + 1), context.Queue()
    for one in asked:
        queue.put(one)
    for _ in range(processes):
        queue.put(None)
    workers = [
        context.Process(target=_loop, args=(queue, edition, out / str(place), barrier, place == 0))
        for place in range(processes)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    begun = time.perf_counter()
    for worker in workers:
        worker.join()
    said.write_text(str(time.perf_counter() - begun))
    if any(worker.exitcode for worker in workers):
        raise SystemExit("a report of the plain script failed")


def _loop(queue: Any, edition: Path, out: Path, barrier: Any, makes_data: bool) -> None:
    os.environ[EDITION] = str(edition.resolve())  # as warm as what it is held against
    from ctip_analysis.audit.scan import audit
    from ctip_analysis.audit.together import withstood
    from ctip_analysis.edition.reading import open_edition
    from ctip_analysis.runs.handover import hand_over

    out.mkdir(parents=True)
    barrier.wait()
    if makes_data:
        hand_over(edition, open_edition(edition), out / "data")
        if audit([out / "data"], withstood=withstood()):
            raise SystemExit("the audit found something in the data")
    while asked := queue.get():
        _report(asked, edition, out)


def _report(asked: dict[str, str], edition: Path, out: Path) -> None:
    import nbformat

    from ctip_analysis.audit.scan import page_findings
    from ctip_analysis.base.reference import ROOT
    from ctip_analysis.edition.reading import open_edition
    from ctip_analysis.page import page
    from ctip_analysis.page.render import render

    notebook = nbformat.read(ROOT / "notebooks" / f"{asked['notebook']}.ipynb", as_version=4)
    shown: list[Any] = []
    page.display = lambda data, raw, metadata: shown.append(  # what Jupyter would do with it
        nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    )
    space: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        exec(cell.source, space)
        if "parameters" in cell.metadata.get("tags", []):
            space |= {"edition": str(edition), "year": int(asked["year"])}
            space |= {"province": asked["province"]} if "province" in asked else {}
        cell.outputs, shown[:] = list(shown), []
    name = f"{asked['notebook']}_{asked.get('province', '')}_{asked['year']}_en_SYNTHETIC.html"
    released = open_edition(edition)
    render(notebook, out=out / name, released=released)
    if found := page_findings(out / name, name, released):
        raise SystemExit(f"{name}: the audit found {found[0]}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), int(sys.argv[4]), Path(sys.argv[5]))
