"""Fifty reports by `ctip batch`, by a plain script in warm processes, and by the commands people use; all side by side.

Then 250 reports, of 25 provinces, 5 years and 2 notebooks, with a kill at half. `--reports N` makes the first part
shorter, `--many N` the second; what was run is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from measure import COMMANDS, MAKE_SAMPLE, ROOT, Run, command, report

CTIP = COMMANDS / "ctip"
WORKERS = 2
YEARS = (2005, 2004, 2003)  # of the shipped sample, 24 provinces each
TURNS = 5  # of ours and the floor, who begins changes; the commands take too long
LATER = (2014, 2018)  # of a sample of its own, in each of whose years there were 25 provinces
COPIES = ("profile_a", "profile_b")  # names of the reports; each is a notebook of its own
SHIPPED = ROOT / "data" / "sample"
BATCH = "ctip batch, audit included"
WARM = "ctip batch in a process whose fork server is warm, audit included"
UNAUDITED = "the same without the audit"
FLOOR = "floor: the same code and audit as a plain script in {} warm processes"
WHOLE = "the plain script from its start"
BASELINE = "baseline: the commands papermill, then jupyter nbconvert, one after the other"


def main() -> None:
    """Print seconds, memory and ratios; everything is made in a folder that goes afterwards."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--reports", type=int, default=50, help="reports of the first table")
    asked.add_argument("--many", type=int, default=250, help="reports of the second table; 0 leaves it out")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="ctip-bench-") as name:
        folder = Path(name)
        edition = folder / "editions" / str(YEARS[0])
        made = [CTIP, "release", SHIPPED, "--year", str(YEARS[0]), "--out", edition.parent]
        first = [CTIP, "report", "--year", str(YEARS[0]), "--edition", edition, "--out", folder / "first"]
        command(made, first, folder=folder)  # what a machine makes once, such as typefaces, is there then
        _fifty(folder, edition, chosen.reports)
        if chosen.many:
            _many(folder, chosen.many)


def _fifty(folder: Path, edition: Path, number: int) -> None:
    """The same reports each way, beginning with ours; the floor and the batch without audit begin warm."""
    asked = _asked(edition, number)
    listed = _reports_file(folder / "fifty.yml", asked)
    floor = FLOOR.format(WORKERS)
    runs: dict[str, list[Run]] = {BATCH: [], WHOLE: [], WARM: [], floor: []}

    def make_plainly(turn: int) -> None:
        whole, warm = _python("plain_script.py", listed, edition, folder / f"floor{turn}", str(WORKERS))
        runs[WHOLE].append(whole)
        runs[floor].append(warm)

    def make_ours(turn: int) -> None:
        runs[WARM].append(_python("warm_batch.py", listed, edition, folder / f"warm{turn}", "audited")[1])
        runs[BATCH].append(_batch(listed, edition, folder / f"batch{turn}"))

    ways = [make_plainly, make_ours]
    for turn in range(TURNS):
        for make in ways:
            make(turn)
        ways.reverse()
    runs[UNAUDITED] = [_python("warm_batch.py", listed, edition, folder / "unaudited", "unaudited")[1]]
    runs[BASELINE] = [_commands(asked, edition, folder / "commands")]
    report(
        f"{number} reports on {WORKERS} cores",
        runs,
        dict.fromkeys(runs, BASELINE),
        ["papermill", "nbconvert"],
    )
    slow, ours, bare, warm = (
        median(run.seconds for run in runs[name]) for name in (BASELINE, BATCH, UNAUDITED, WARM)
    )
    print(
        f"\nagainst the commands: {slow / ours:.1f} times as fast with the audit (warm {slow / warm:.1f}), "
        f"{slow / bare:.1f} times without; against the floor, in turns, both warm {_turns(runs[WARM], runs[floor])}, "
        f"both from their start {_turns(runs[BATCH], runs[WHOLE])}"
    )
    took = [one["unshared_mb"] / 1.048576 for one in _records(folder / "batch0")]
    print(
        f"memory of a worker that no other shares, MiB: {median(took):.0f} in the middle, {max(took):.0f} at most"
    )


def _turns(ours: list[Run], floor: list[Run]) -> str:
    """How many times as long as the floor each of ours took that ran beside it, and the one in the middle."""
    ratios = [one.seconds / other.seconds for one, other in zip(ours, floor, strict=True)]
    return f"{', '.join(f'{ratio:.2f}' for ratio in ratios)} (in the middle {median(ratios):.2f})"


def _records(out: Path) -> list[dict[str, Any]]:
    """Run records of the reports in *out*, in the order in which they ended."""
    read = [json.loads(path.read_text()) for path in out.glob("cambodia*.run-record.json")]
    return sorted(read, key=lambda one: one["ended"])


def _asked(edition: Path, number: int) -> list[dict[str, object]]:
    """The annual report of each year and province profiles, newest first."""
    profile, codes = {"notebook": "60_province_profile"}, _provinces(edition, min(YEARS))
    profiles = [profile | {"year": year, "province": code} for year in YEARS for code in codes]
    return [*({"notebook": "90_annual_report", "year": year} for year in YEARS), *profiles][:number]


def _provinces(edition: Path, first_year: int) -> list[str]:
    """Codes of the provinces that were there from the first year on."""
    shapes = json.loads((edition / "provinces.geojson").read_text())["features"]
    held = [shape["properties"] for shape in shapes]
    return sorted(one["adm1_code"] for one in held if one["valid_from"] < str(first_year))


def _reports_file(path: Path, asked: list[dict[str, object]]) -> Path:
    """The reports as a file for `ctip batch` (JSON is YAML)."""
    settings: dict[str, list[dict[str, str]]] = {}
    for one in asked:
        given = {name: str(value) for name, value in one.items() if name != "notebook"}
        settings.setdefault(str(one["notebook"]), []).append(given)
    expect = {"figures": 1, "tables": 1}
    entries = [{"notebook": name, "include": some, "expect": expect} for name, some in settings.items()]
    path.write_text(json.dumps({"reports": entries}))
    return path


def _batch(listed: Path, edition: Path, out: Path, *more: str) -> Run:
    line = [CTIP, "batch", listed, "--edition", edition, "--out", out, "--workers", str(WORKERS), *more]
    return command([*line, "--notebooks", ROOT / "notebooks"], folder=listed.parent)


def _python(script: str, listed: Path, edition: Path, out: Path, how: str) -> tuple[Run, Run]:
    """A script of this folder, and its work alone, of which it says itself how long that took once it was warm."""
    said = listed.parent / f"{out.name}.seconds"
    run = command(
        [sys.executable, ROOT / "benchmarks" / script, listed, edition, out, how, said], folder=listed.parent
    )
    return run, Run(float(said.read_text()), run.cpu, run.peak_mb)


def _commands(asked: list[dict[str, object]], edition: Path, out: Path) -> Run:
    out.mkdir()
    lines = []
    for place, one in enumerate(asked):
        executed = out / f"{place}.ipynb"
        settings = {"edition": edition, **{key: value for key, value in one.items() if key != "notebook"}}
        parameters = [part for key, value in settings.items() for part in ("-p", key, str(value))]
        notebook = ROOT / "notebooks" / f"{one['notebook']}.ipynb"
        lines += [
            [COMMANDS / "papermill", notebook, executed, *parameters],
            [COMMANDS / "jupyter", "nbconvert", "--to", "html", executed],
        ]
    return command(*lines, folder=out)


def _many(folder: Path, number: int) -> None:
    """Provinces × years × notebooks: killed at half, resumed, looked at again with nothing to do."""
    years = f"{LATER[0]}-{LATER[1]}"
    made = [[*MAKE_SAMPLE, "later", "--years", years]]
    made += [[CTIP, "release", "later", "--year", str(LATER[1]), "--out", "later-editions"]]
    command(*made, folder=folder)
    edition, out = folder / "later-editions" / str(LATER[1]), folder / "many"
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    profile = json.loads((ROOT / "notebooks" / "60_province_profile.ipynb").read_text())
    for name in COPIES:
        profile["metadata"]["report_name"] = name
        (notebooks / f"{name}.ipynb").write_text(json.dumps(profile))
    asked: list[dict[str, object]] = [
        {"notebook": name, "year": year, "province": code}
        for name in COPIES
        for year in range(LATER[0], LATER[1] + 1)
        for code in _provinces(edition, LATER[0])
    ][:number]
    listed = _reports_file(folder / "many.yml", asked)
    line = [CTIP, "batch", listed, "--edition", edition, "--out", out, "--workers", str(WORKERS)]
    line += ["--notebooks", notebooks]
    begun, records = time.perf_counter(), "cambodia*.html"
    with subprocess.Popen(list(map(str, line)), stderr=subprocess.DEVNULL, start_new_session=True) as first:
        while first.poll() is None and len(list(out.glob(records))) < len(asked) // 2:
            time.sleep(0.2)
        os.kill(first.pid, signal.SIGKILL)
    killed, there = time.perf_counter() - begun, len(list(out.glob(records)))
    resumed = command(line, folder=folder)
    nothing = command([*line, "--only-stale"], folder=folder)
    report(f"{len(asked)} reports", {
        f"killed with {there} there, after {killed:.0f} s; resumed to the end": [resumed],
        "again with --only-stale, nothing changed": [nothing],
    }, {}, ["papermill"])  # fmt: skip
    told = _records(out)
    states = {one["state"] for one in told}
    first_ten, last_ten = ([one["unshared_mb"] for one in part] for part in (told[:10], told[-10:]))
    took = sum(one["seconds"]["all"] for one in told)
    print(f"\nstates: {', '.join(sorted(states))}; {took:.0f} s of work in all; unshared memory of the first ten "
          f"{median(first_ten):.0f} MB, of the last ten {median(last_ten):.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main()
