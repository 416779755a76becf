"""A yearly run as small as it may be, for tests: minimal records, one small notebook, and the YAML that joins them."""

from __future__ import annotations

from pathlib import Path

from record_folder import write_minimal
from small_notebook import write_notebook

CONFIG = """\
data: records
year: 2004
editions: editions
reports: reports.yml
notebooks: notebooks
out: out
hand_over: hand-over
expect:
  - {partner: NGO01, tables: [clients, cases]}
"""


def write_year(folder: Path, more: str = "") -> Path:
    """Write records, notebook, list of reports and the YAML file with *more* lines; return that file."""
    write_minimal(folder / "records")
    write_notebook(folder / "notebooks" / "80_small.ipynb")
    (folder / "reports.yml").write_text("reports:\n  - notebook: 80_small\n", encoding="utf-8")
    (folder / "year.yml").write_text(CONFIG + more, encoding="utf-8")
    return folder / "year.yml"
