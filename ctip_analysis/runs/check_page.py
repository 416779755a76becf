"""What ``ctip check`` found as a page to send back: one HTML file, nothing fetched, nothing that names a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ctip_analysis.base import files
from ctip_analysis.base.errors import Fault
from ctip_analysis.base.html import element, escape, table
from ctip_analysis.runs.check_report import Report, by_sheet, where

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


def write(report: Report, path: Path, said: Callable[[str], str] = str, language: str = "en") -> Path:
    """Write the page about *report* to *path*; return *path*."""
    files.write(path, page(report, said, language))
    return path


def page(report: Report, said: Callable[[str], str] = str, language: str = "en") -> str:
    """The page about *report* as HTML; *said* gives a sentence in the language of the reader."""
    parts = [element("h1", escape(f"{report.name}")), element("p", escape(said(_lead(report))))]
    if language != "en":
        mark = "This translation was not yet reviewed by a native speaker. The English text decides."
        parts.insert(1, element("p", f"{escape(said(mark))} {escape(mark)}", class_="note"))
    for title, found in (("To mend", report.faults), ("To look at", report.warnings), ("Left out", report.notes)):
        if found:
            parts.append(element("h2", f"{escape(said(title))} ({len(found):,})"))
            parts += [_sheet(sheet, faults, said) for sheet, faults in by_sheet(found)]
    head = (f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(report.name)}</title><style>{_STYLE}</style>")  # fmt: skip
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _lead(report: Report) -> str:
    if not report.faults:
        return "Nothing has to be mended."
    return "Please mend each of these in your file and send it again. Nothing is quoted here that may name a person."


def _sheet(sheet: str, faults: list[Fault], said: Callable[[str], str]) -> str:
    header = [escape(said(name)) for name in ("Where", "What is wrong", "Found", "How to mend it")]
    rows = [[escape(text) for text in (_place(fault), said(fault.rule), fault.found, said(fault.mend))]
            for fault in faults]  # fmt: skip
    return element("div", table(header, rows, escape(sheet)), class_="scroll", tabindex="0")


def _place(fault: Fault) -> str:
    return " ".join(filter(None, [fault.column, where(fault, ALL)]))
