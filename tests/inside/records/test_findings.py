"""The findings of a check in lines and as a page, in English and in Khmer."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator

import pandas as pd

from ctip_analysis.base import reference
from ctip_analysis.base.errors import Assessment, Fault
from ctip_analysis.inside.records.findings import UNREVIEWED, page, said_in, show, where

TYPO = Fault("a.xlsx", "must be a number", "2004", "n", tuple(range(2, 14)), "“<b>”", "write digits", "C")
ROW = Fault("a.xlsx", "the row is a total", "2005", rows=(9,))


def test_cells_are_named_up_to_a_few_and_rows_where_there_is_no_column():
    assert where(TYPO) == "cells C2, C3, C4, C5, C6, C7, C8, C9 and 4 more"
    assert (where(ROW), where(Fault("a.csv", "the file is empty"))) == ("row 9", "")


def test_findings_are_shown_by_file_and_sheet_and_end_in_a_summary(capsys):
    show(Assessment("a", [TYPO, ROW], [ROW]))
    out = capsys.readouterr().out
    assert out.index("a.xlsx, sheet 2004") < out.index("a.xlsx, sheet 2005") < out.index("To look at (1)")
    assert "    n cells C2, C3" in out and "; found “<b>”\n      → write digits\n" in out
    assert out.endswith("a: 2 faults in 13 places, 1 to look at; nothing was changed\n")


def test_the_page_has_every_cell_and_nothing_of_a_file_becomes_markup():
    html = page(Assessment("<i>", [TYPO], [ROW]))
    assert "C12, C13" in html and "“&lt;b&gt;”" in html and "<b>" not in html and "<i>" not in html
    assert "http" not in html and "<script" not in html


# Khmer

INTAKE = reference.ROOT / "ctip_analysis" / "inside" / "records"
OF_PARTNERS = (
    "sheets", "grids", "workbooks", "opendocument", "flat_files", "files", "validate", "checks", "doubts", "personal",
    "reading",
)  # fmt: skip
KHMER = re.compile("[\u1780-\u17ff]")
IS_SENTENCE = re.compile(r"[a-z].* .*")


def text_of(node: ast.expr) -> Iterator[str]:
    """Texts that an expression can be, with 7 for what differs."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (*text_of(node.body), *text_of(node.orelse))
    elif isinstance(node, ast.Tuple):
        yield from (text for part in node.elts for text in text_of(part))


def sentences() -> set[str]:
    """What the modules that read partners' files give as a rule or as the way to mend it."""
    found: set[str] = set()
    for path in map("{}.py".format, OF_PARTNERS):
        for node in ast.walk(ast.parse((INTAKE / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and re.search(r"\b(rule|mend)\b", ast.unparse(node.targets[0])):
                found |= set(text_of(node.value))
            if isinstance(node, ast.Call) and re.search(r"(Fault|Check|refused|_add|_say)$", ast.unparse(node.func)):
                given = [*node.args, *(each.value for each in node.keywords if each.arg in ("rule", "mend"))]
                found |= {text for part in given for text in text_of(part)}
    return {text for text in found if IS_SENTENCE.match(text) and "SELECT" not in text and "regexp" not in text}


def rules_of_the_data_package() -> set[str]:
    rules = [rule for part in reference.package().values() for kind in ("rowRules", "rowWarnings")
             for rule in part["schema"].get(kind, [])]  # fmt: skip
    return {rule["says"].rstrip(".") for rule in rules} | {rule["mend"] for rule in rules if "mend" in rule}


def test_every_sentence_that_a_partner_reads_has_a_khmer_one():
    said, every = said_in("km"), sentences() | rules_of_the_data_package()
    assert len(every) > 100
    assert sorted(text for text in every if not KHMER.search(said(text))) == []


def test_each_part_of_a_way_to_mend_is_in_khmer():
    mends = (
        "perhaps performance for “play”; write the word of these that is meant, "
        "or ask whoever looks after these records",
        "write digits only; leave the cell empty where nothing is known; "
        "where a number shows as a date, format the cell as a number",
        "for “Kep / Kampot” perhaps Kampot or Kep; write one province, or its code such as KH07",
    )
    for mend in mends:
        assert not re.search("write|perhaps|empty| for ", said_in("km")(mend)), said_in("km")(mend)


def test_what_differs_in_a_sentence_is_kept_in_its_order():
    table = reference.table("messages_km")
    assert table["english"].str.count("{}").tolist() == table["khmer"].str.count("{}").tolist()
    assert said_in("km")("cells C2, C3 and 4 more") == "ក្រឡា C2, C3 និង 4 ទៀត"
    assert said_in("km")("n 3, m empty, k empty and 4 more") == "n 3, m ទទេ, k ទទេ និង 4 ទៀត"
    assert said_in("km")("a sentence that nobody translated") == "a sentence that nobody translated"


def test_a_page_and_lines_in_khmer_say_that_nobody_reviewed_them(capsys):
    html = page(Assessment("a", [TYPO], [ROW]), "km")
    assert '<html lang="km">' in html and UNREVIEWED in html and "ត្រូវតែជាលេខ" in html and "must be" not in html
    several = dataclasses.replace(TYPO, found="“7”, “8”, “9” and 1 more")
    rules = pd.DataFrame({"outcome": ["holds", "breach", "info"]})
    show(Assessment("a", [several], rules=rules), said_in("km"))
    out = capsys.readouterr().out
    assert "“7”, “8”, “9” និង 1 ទៀត" in out and " more" not in out and "Published" not in out
    assert out.startswith(UNREVIEWED) and "must be" not in out and "nothing was" not in out
