"""Three yearly editions of a large sample, each with those before it: what protection takes, and that it holds.

The attacker reads the rendered reports of all three together and must open nothing. The same editions
protected apart from one another must be opened, or the attack would prove nothing. Stops with an error otherwise.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from measure import COMMANDS, ROOT

YEARS = (2014, 2015, 2016)
SCALE = 15


def main() -> None:
    """Print a row an edition; stop if something was opened, or if nothing was opened where it must be."""
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as name:
        folder = Path(name)
        ctip("sample", folder / "records", "--years", "2003-2016", "--scale", SCALE)
        print(f"\n**Editions of the 2003–2016 sample at scale {SCALE}**, each with those before it\n")
        print(
            "| edition | s, release | cells about persons | small | withheld |\n| --- | ---: | ---: | ---: | ---: |"
        )
        for year in YEARS:
            started = time.perf_counter()
            ctip("release", folder / "records", "--year", year, "--out", folder / "editions")
            numbers = " | ".join(f"{number:,}" for number in counted(folder / "editions" / str(year)))
            print(f"| {year} | {time.perf_counter() - started:.0f} | {numbers} |", flush=True)
        for year in YEARS:
            edition, out = folder / "editions" / str(year), folder / "reports"
            ctip("report", "--year", year, "--edition", edition, "--out", out)
        started = time.perf_counter()
        ctip("audit", folder / "reports")
        print(
            f"\nThe three rendered reports together: nothing opened ({time.perf_counter() - started:.0f} s of audit)."
        )
        print(f"The same editions protected apart: {opened_apart(folder / 'records'):,} cells opened.")


def ctip(*line: object) -> None:
    """Run one command; stop with what it said if it fails."""
    done = subprocess.run([COMMANDS / "ctip", *map(str, line)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"ctip {line[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def counted(edition: Path) -> tuple[int, int, int]:
    """Cells about persons, those withheld for themselves and all withheld, from the operator's record."""
    import json

    from ctip_analysis.edition import read_edition
    from ctip_analysis.release import CONFIDENTIAL

    note = json.loads((CONFIDENTIAL / f"{read_edition(edition).id[:16]}.json").read_text(encoding="utf-8"))
    return note["cells_about_persons"], note["withheld_for_themselves"], note["withheld"]


def opened_apart(records: Path) -> int:
    """Cells that all editions together open when each was protected as if it were the first."""
    from ctip_analysis.attacker import attack, opened
    from ctip_analysis.count import count
    from ctip_analysis.load import load_records
    from ctip_analysis.protect import protect

    loaded = load_records(records)
    frames = [protect(count(loaded, year=year)).frame for year in YEARS]
    found = len(opened(attack(frames)))
    if not found:
        raise SystemExit("editions protected apart were not opened: the attack proves nothing")
    return found


if __name__ == "__main__":
    main()
