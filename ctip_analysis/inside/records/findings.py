"""What ``ctip check`` found: faults by file and sheet, then warnings, then what was left out.

:func:`show` prints it; :func:`write_page` makes one HTML file to send back, with nothing fetched and nobody named.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ctip_analysis.base import files, reference
from ctip_analysis.base.errors import Assessment, Fault
from ctip_analysis.base.html import element, escape, table

CELLS_NAMED = 8  # a person looks at a few; --json, the page and the workbook have them all
PATIENCE = 2.0  # seconds without a word
ALL = 10**6
UNREVIEWED = "ការបកប្រែនេះមិនទាន់បានពិនិត្យដោយអ្នកនិយាយភាសាខ្មែរទេ (translation not yet reviewed by a native speaker)"
Said = Callable[[str], str]
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 "CTIP Khmer", system-ui, "Noto Sans Khmer", "Khmer OS", sans-serif; max-width: 68rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886; }
table { table-layout: fixed; min-width: 46rem; margin-bottom: 1.5rem; } th, td { overflow-wrap: anywhere; }
.note { border-left: .3rem solid #b45309; padding: .3rem .8rem; }
@media print { body { margin: 0; max-width: none; } }
"""


@contextmanager
def progress(*, is_silent: bool) -> Iterator[Callable[[str], None]]:
    """A function that shows the step under way: a line that goes on a terminal, elsewhere one every two seconds."""
    if is_silent:
        yield lambda step: None
    elif sys.stderr.isatty():
        with Console(stderr=True).status("reading") as status:
            yield status.update
    else:
        last = time.monotonic()

        def say(step: str) -> None:
            nonlocal last
            if time.monotonic() - last > PATIENCE:
                last = time.monotonic()
                print(f"{step} …", file=sys.stderr, flush=True)

        yield say


def said_in(language: str) -> Said:
    """What gives a sentence of a check in *language* ("en" or "km"); one without a translation stays English."""
    return _in_khmer if language == "km" else str


def note_in(language: str) -> str:
    """The note printed above sentences in *language*, "" for English."""
    return UNREVIEWED if language == "km" else ""


def _in_khmer(text: str) -> str:
    for pattern, khmer in _patterns():
        if found := pattern.fullmatch(text):
            return khmer.format(*map(_in_khmer, found.groups()))
    return "; ".join(map(_in_khmer, text.split("; "))) if "; " in text else text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The sentences of ``messages_km.csv``, those with most words of their own first."""
    table = reference.table("messages_km")
    pairs = sorted(zip(table["english"], table["khmer"], strict=True), key=lambda pair: -len(pair[0]))
    return [(re.compile("(.*)".join(map(re.escape, english.split("{}")))), khmer) for english, khmer in pairs]


def as_json(found: Assessment) -> dict[str, Any]:
    """Everything, for programs."""
    listed = {name: [_plain(fault) for fault in getattr(found, name)] for name in ("faults", "warnings", "notes")}
    rules = [] if found.rules is None else found.rules[["rule", "outcome", "table", "text"]].to_dict("records")
    return {**listed, "not_checked_against": found.absent, "rules": rules}


def show(found: Assessment, said: Said = str) -> None:
    """Print everything as *said* gives it, faults first; long lines are broken on a terminal only."""
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    if said is not str:
        console.print(Text(UNREVIEWED, "italic"))
    for title, style, faults in (("To mend", "bold red", found.faults), ("To look at", "bold yellow", found.warnings),
                                 ("Left out", "bold", found.notes)):  # fmt: skip
        if faults:
            console.print(Text(f"{said(title)} ({len(faults):,})", style))
            _show(console, faults, said)
    if found.absent:
        absent = ", ".join(found.absent)
        console.print(said(f"Not checked, because the file has no such table or it is refused: ids of {absent}."))
    if found.rules is not None:
        console.print(said(_compared(found.rules["outcome"])))
    console.print(Text(said(_summary(found)), "bold red" if found.faults else "bold green"))


def _summary(found: Assessment) -> str:
    """The findings in a line."""
    doubts = f", {len(found.warnings):,} to look at" if found.warnings else ""
    if not found.faults:
        return f"{found.name}: no fault found{doubts}"
    count = f"{len(found.faults):,} fault{'s' if len(found.faults) > 1 else ''}"
    cells = sum(max(1, len(fault.rows)) for fault in found.faults)
    where = f" in {cells:,} places" if cells > len(found.faults) else ""
    return f"{found.name}: {count}{where}{doubts}; nothing was changed"


def by_sheet(faults: list[Fault]) -> list[tuple[str, list[Fault]]]:
    """*faults* by file and sheet, in the order in which they came first."""
    order = {key: place for place, key in enumerate(dict.fromkeys(_sheet(fault) for fault in faults))}
    ordered = sorted(faults, key=lambda fault: order[_sheet(fault)])
    return [(key, list(group)) for key, group in groupby(ordered, _sheet)]


def where(fault: Fault, most: int = CELLS_NAMED) -> str:
    """The cells, or the rows, of *fault* in words; "" where it is about the whole sheet."""
    places = fault.cells or tuple(map(str, fault.rows))
    if not places:
        return ""
    word = "cell" if fault.cells else "row"
    more = f" and {len(places) - most:,} more" if len(places) > most else ""
    return f"{word}{'s' if len(places) > 1 else ''} {', '.join(places[:most])}{more}"


def _sheet(fault: Fault) -> str:
    return f"{fault.file}, sheet {fault.sheet}" if fault.sheet else fault.file


def _show(console: Console, faults: list[Fault], said: Said) -> None:
    for sheet, group in by_sheet(faults):
        console.print(Text(f"  {said(sheet)}", "bold cyan"))
        for fault in group:
            line = Text()
            if place := " ".join(filter(None, [fault.column, said(where(fault))])):
                line.append(f"{place}: ", "bold")
            line.append(said(fault.rule))
            if fault.found:
                line.append(f"; {said('found')} {said(fault.found)}", "yellow")
            console.print(_indented(line, 4))
            if fault.mend:
                console.print(_indented(Text(f"→ {said(fault.mend)}", "green"), 6))
        console.print()


def _indented(line: Text, by: int) -> Text | Padding:
    """On a terminal every line of it, elsewhere the one line."""
    return Padding(line, (0, 0, 0, by)) if sys.stdout.isatty() else Text(" " * by) + line


def _compared(outcomes: pd.Series) -> str:
    """How many rules about published figures hold. --json has each; what is a breach is among the faults."""
    holds, breach, info = (int(outcomes.eq(name).sum()) for name in ("holds", "breach", "info"))
    return (f"Published figures: {holds} agree, {breach} do not, {info} only reported (--json lists them). "
            "A difference is a fault only where expect.csv says so.")  # fmt: skip


def _plain(fault: Fault) -> dict[str, Any]:
    return {**asdict(fault), "cells": list(fault.cells)}


# A page to send back


def write_page(found: Assessment, path: Path, language: str = "en", fonts: str = "") -> Path:
    """Write the page about *found* to *path*; return *path*. *fonts* is CSS of typefaces that a reader may not have."""
    files.write(path, page(found, language, fonts))
    return path


def page(found: Assessment, language: str = "en", fonts: str = "") -> str:
    """The page about *found* as HTML."""
    said = said_in(language)
    parts = [element("h1", escape(found.name)), element("p", escape(said(_lead(found))))]
    if language != "en":
        parts.append(element("p", escape(UNREVIEWED), class_="note"))
    for title, faults in (("To mend", found.faults), ("To look at", found.warnings), ("Left out", found.notes)):
        if faults:
            parts.append(element("h2", f"{escape(said(title))} ({len(faults):,})"))
            parts += [_table(sheet, group, said) for sheet, group in by_sheet(faults)]
    head = (f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(found.name)}</title><style>{fonts}{_STYLE}</style>")  # fmt: skip
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _lead(found: Assessment) -> str:
    if not found.faults:
        return "Nothing has to be mended."
    return "Please mend each of these in your file and send it again. Nothing is quoted here that may name a person."


def _table(sheet: str, faults: list[Fault], said: Said) -> str:
    rows = [
        [escape(text) for text in (_place(fault, said), said(fault.rule), said(fault.found), said(fault.mend))]
        for fault in faults
    ]
    header = [said(title) for title in ("Where", "What is wrong", "Found", "How to mend it")]
    return element("div", table(header, rows, escape(said(sheet))), class_="scroll", tabindex="0")


def _place(fault: Fault, said: Said) -> str:
    return " ".join(filter(None, [fault.column, said(where(fault, ALL))]))
