"""The findings of a check in lines and as a page."""

from __future__ import annotations

from ctip_analysis.base.errors import Assessment, Fault
from ctip_analysis.inside.records.findings import page, show, where

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
