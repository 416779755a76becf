"""What ``ctip check`` found as a page to send back: one HTML file, nothing fetched, nothing that names a person."""

from __future__ import annotations

from pathlib import Path

from ctip_analysis.base import files
from ctip_analysis.base.errors import Assessment, Fault
from ctip_analysis.base.html import element, escape, table
from ctip_analysis.runs.check_report import by_sheet, where

ALL = 10**6
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, "Noto Sans Khmer", "Khmer OS", sans-serif; max-width: 68rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886; }
table { table-layout: fixed; min-width: 46rem; margin-bottom: 1.5rem; } th, td { overflow-wrap: anywhere; }
.note { border-left: .3rem solid #b45309; padding: .3rem .8rem; }
@media print { body { margin: 0; max-width: none; } }
"""


def write(found: Assessment, path: Path) -> Path:
    """Write the page about *found* to *path*; return *path*."""
    files.write(path, page(found))
    return path


def page(found: Assessment) -> str:
    """The page about *found* as HTML."""
    parts = [element("h1", escape(found.name)), element("p", escape(_lead(found)))]
    for title, faults in (("To mend", found.faults), ("To look at", found.warnings), ("Left out", found.notes)):
        if faults:
            parts.append(element("h2", f"{title} ({len(faults):,})"))
            parts += [_sheet(sheet, group) for sheet, group in by_sheet(faults)]
    head = (f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(found.name)}</title><style>{_STYLE}</style>")  # fmt: skip
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _lead(found: Assessment) -> str:
    if not found.faults:
        return "Nothing has to be mended."
    return "Please mend each of these in your file and send it again. Nothing is quoted here that may name a person."


def _sheet(sheet: str, faults: list[Fault]) -> str:
    rows = [[escape(text) for text in (_place(fault), fault.rule, fault.found, fault.mend)] for fault in faults]
    header = ["Where", "What is wrong", "Found", "How to mend it"]
    return element("div", table(header, rows, escape(sheet)), class_="scroll", tabindex="0")


def _place(fault: Fault) -> str:
    return " ".join(filter(None, [fault.column, where(fault, ALL)]))
