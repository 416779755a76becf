"""Writes a working notebook to start from: parameters, banner, one finding with its chart, one table."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ctip_analysis.base import files
from ctip_analysis.base.errors import ParameterError
from ctip_analysis.runs.request import NOTEBOOKS

PARAMETERS = """\
edition: str = "../build/editions/2004"  # folder of the edition the report is made from
year: int = 2004  # reporting year, one the edition has
basis: str = "calendar"  # calendar or fiscal, as the edition
language: str = "en"  # language of the page"""
OPEN = """\
import ctip_analysis as ctip

page = ctip.open_page(edition, year=year, basis=basis, language=language)
edition, period = page.edition, page.period
page.banner("{title}")"""
FINDING = '''\
attendance = edition.cells("performance_attendance", by="province", period=period)
top = ctip.highest(attendance)
page.say(
    f"""## The largest attendance was in {top.province}: {top}

*Counts attendances, not people: who comes twice is counted twice.*""",
    "## No attendance can be shown for this year",
)'''
CHART = """\
provinces = edition.provinces(period).merge(attendance, on="adm1_code", validate="one_to_one")
page.show(ctip.province_map(provinces), f"Attendance by province, {period:label}.", data=attendance)"""
TABLE = """\
yearly = edition.cells("performances_held", by="year")
page.table(yearly, "Performances held, by year.")"""


def write(name: str) -> Path:
    """Write the notebook *name* into the folder of notebooks, or to a file ``….ipynb``; its path.

    Raises
    ------
    ParameterError
        The name can't be that of a file, or such a notebook exists.
    """
    path = Path(name) if name.endswith(".ipynb") else NOTEBOOKS / f"{name}.ipynb"
    if not re.fullmatch(r"[A-Za-z0-9_]+", path.stem):
        raise ParameterError(
            f"a notebook's name has letters, digits and underscores, as 80_school_visits; found {path.stem!r}"
        )
    if path.exists():
        raise ParameterError(f"there is a notebook {path.name} already: choose another name")
    files.write(path, json.dumps(_notebook(path.stem), ensure_ascii=False, indent=1) + "\n")
    return path


def _notebook(stem: str) -> dict[str, Any]:
    kind = re.sub(r"^\d+_", "", stem)
    title = kind.replace("_", " ").capitalize()
    cells = [
        _cell(0, "markdown", f"# {title}\n\nWhat this report answers, in one paragraph."),
        _cell(1, "code", PARAMETERS, tags=["parameters"]),
        *(
            _cell(number, "code", source)
            for number, source in enumerate([OPEN.format(title=title), FINDING, CHART, TABLE], start=2)
        ),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {
        "audience": "donor",
        "kernelspec": kernel,
        "language_info": {"name": "python"},
        "report_name": kind,
    }
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cell(number: int, kind: str, source: str, **metadata: Any) -> dict[str, Any]:
    made = {
        "cell_type": kind,
        "id": f"cell-{number}",
        "metadata": metadata,
        "source": source.splitlines(True),
    }
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})
