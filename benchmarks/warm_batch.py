"""A batch in a process whose fork server is warm already: FILE EDITION OUT audited|unaudited SECONDS_FILE."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from ctip_analysis.base.reference import ROOT
from ctip_analysis.edition.reading import open_edition
from ctip_analysis.runs import batch, warm_parent
from ctip_analysis.runs.plan import Edition, from_file, plan


def main(listed: Path, edition: Path, out: Path, how: str, said: Path) -> None:
    """Make the reports of *listed*, and write down the seconds they took."""
    if how == "unaudited":
        warm_parent.WARM = "unaudited"
        os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where the fork server finds it
    warm_parent.warm_up(edition)
    source = Edition.of(edition, open_edition(edition))
    planned = plan(from_file(listed, source, ROOT / "notebooks"), source)
    batch.make(planned[:1], source, out / "first")
    begun = time.perf_counter()
    made = batch.make(planned, source, out, workers=2)
    said.write_text(str(time.perf_counter() - begun))
    if not made.is_good:
        raise SystemExit(
            f"not all are done: {[one.sentence for one in made.outcomes.values() if one.sentence][:3]}"
        )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), sys.argv[4], Path(sys.argv[5]))
