"""What a notebook puts on the page: a banner, sentences, figures and tables, each with its marks.

Every number shown is a fact of the edition, or is labelled as the analyst's own calculation.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import display

from ctip_analysis.base import periods
from ctip_analysis.base.periods import Period
from ctip_analysis.charts.interactive import InteractiveMap
from ctip_analysis.edition import Edition, Fact
from ctip_analysis.page import comparison, figure, parameters, results, table, text, tiles

REPORT = "application/x-ctip-report"  # what a report shows in place of the HTML of a notebook
OURS = "ctip"  # metadata key of what a Page shows: a report prints these outputs and refuses others
LEFT = ' style="text-align:left"'  # of text in a table: JupyterLab aligns all cells to the right; a report has a style
_TEXT_CELL = re.compile(r'<(td|th(?: scope="\w+")?)>')
SYNTHETIC = "made-up records: nothing in this report is about a real person or event"
INTERNAL = "unprotected records: never to be shared"


@dataclass(frozen=True)
class Page:
    """One report of one year and place; ``edition`` has no cell of a later period."""

    edition: Edition
    year: int
    basis: str = "calendar"
    province: str = ""
    language: str = "en"

    @property
    def period(self) -> Period:
        """The reporting year: 2004 or FY2004."""
        return Period(periods.year_code(self.year, self.basis))

    @cached_property
    def previous(self) -> Period | str:
        """The year before, or "" where the edition has none."""
        before = periods.previous(self.period)
        return before if before in self.edition.periods else ""

    @property
    def to_date(self) -> Period:
        """From the first day on record to the end of the reporting year."""
        first = str(self.edition.info.get("to_date", self.period.start)).partition("/")[0]
        return Period(f"{first}/{self.period.end}")

    @cached_property
    def place(self) -> str:
        """Name of the province, or Cambodia."""
        return self.edition.place_name(self.province, self.period)

    @property
    def marks(self) -> dict[str, str]:
        """The marks of everything on this page, each with what it means."""
        internal = {"INTERNAL": INTERNAL} if self.edition.is_internal else {}
        return internal | ({"SYNTHETIC": SYNTHETIC} if self.edition.is_synthetic else {})

    def marks_of(self, facts: Sequence[Fact]) -> list[str]:
        """The marks of a table or figure of *facts*: published figures alone are not synthetic."""
        is_public = bool(facts) and all(fact.kind in ("published", "derived") for fact in facts)
        return [mark for mark in self.marks if mark == "INTERNAL" or not is_public]

    @cached_property
    def labels(self) -> frozenset[str]:
        """Every text of the edition's own tables: a page may print the digits in them."""
        edition = self.edition
        tables = (edition.indicators, edition.published, edition.context, edition.population, edition.targets)
        texts = [column.unique() for table in tables for _, column in table.items()]
        names = [*edition.frame["partner"].unique(), *edition.info.get("rules", [])]
        known = (one for found in (*texts, names) for one in found if isinstance(one, str))
        return frozenset(one for one in known if any(map(str.isalpha, one)))

    def banner(self, title: str) -> None:
        """Show the title with place, year and marks: the first thing of a report, once."""
        marks = "".join(
            f'<p class="mark {mark.lower()}"><strong>{mark}</strong> {words}</p>' for mark, words in self.marks.items()
        )
        first_to_last = Period(f"{self.period.start}/{self.period.end}")
        days = f": {first_to_last:label}" if self.basis == "fiscal" else ", calendar year"
        # no heading: in a notebook the title is its first cell's; the report makes this one its heading
        self._display(
            f'<header class="report-head"><p class="title"><strong>{html.escape(title)}</strong></p>'
            f'<p class="subtitle">{html.escape(self.place)}, {self.period:label}{days}</p>'
            f"{marks}</header>",
            title,
        )

    def say(self, markdown: str, *instead: str) -> None:
        """Show *markdown*, an f-string whose numbers are facts; or the first of *instead* that can be said.

        A text can be said if all its facts are shown and ``ctip.direction`` could compare; the last one is shown in
        any case, unless it is empty.

        Raises
        ------
        ParameterError
            A digit is typed by hand, or an element is not the fact that it names.

        Examples
        --------
        >>> held = page.edition.fact(f"performances_held:{page.period}")
        >>> page.say(f"## {held:unit} in {page.period:label}", "## Performances")
        29 performances in 2004
        """
        texts = [text.checked(one, self.edition) for one in (markdown, *instead)]
        said = text.to_html(text.first_shown(texts))
        if said:
            self._display(f'<div class="say">{said}</div>', text.plain(said))

    def tiles(self, indicators: Sequence[str]) -> None:
        """Show the numbers of six *indicators* large, with change on the year before, target and small columns.

        They are those of the reporting year, and of the province where the page has one: the first six that are
        shown; where fewer are, what is withheld comes last.

        Examples
        --------
        >>> page.tiles(["performances_held", "performance_attendance"])
        Tiles: performances_held, performance_attendance
        """
        self._display(tiles.to_html(self, indicators), f"Tiles: {', '.join(indicators)}")

    def show(self, ax: Any, caption: str, data: pd.DataFrame) -> None:
        """Show a figure with caption, source and the *data* it was drawn from as a table, and close it.

        *ax* is an Axes, an array of Axes, a Figure or anything with ``figure``, as a seaborn FacetGrid. An interactive
        map is a picture in the notebook and interactive in the report.

        Raises
        ------
        ParameterError
            A number is typed into the caption or written in the figure that is neither a value of *data* nor
            a scale mark; or *data* lacks the column ``status``.

        Examples
        --------
        >>> held = page.edition.cells("performances_held", by="quarter")
        >>> page.show(ctip.trend(held), "Performances by quarter.", data=held)
        Performances by quarter.
        """
        drawn = figure.closed(ax)  # closed first, or a refused caption leaves the picture to the notebook
        figure.put_in_words(drawn, self)
        figure.check_texts(drawn, data, self)
        words = text.inline(text.checked(caption, self.edition))
        shown, report = figure.to_html(drawn, words, data, self, ax if isinstance(ax, InteractiveMap) else None)
        self._display(shown, text.plain(words), report)

    def table(
        self, frame: pd.DataFrame | pd.Series, caption: str, *, columns: str | None = None, note: str = ""
    ) -> None:
        """Show *frame* as a table; with *columns*, the values of that column side by side.

        A frame of ``edition.cells`` has one row a cell; constant columns, ids and geometry are left out. In
        any other frame a cell that is a Fact, or the id of one, is printed as that fact; other numbers are
        labelled as own calculations.

        Examples
        --------
        >>> both = page.edition.cells(["performances_held", "youth_clubs"], by="year")
        >>> page.table(both, "Performances and clubs by year", columns="indicator")
        Performances and clubs by year
        """
        words = text.inline(text.checked(caption, self.edition))
        below = text.inline(text.checked(note, self.edition)) if note else ""
        self._display(table.to_html(frame, self, words, columns=columns, note=below), text.plain(words))

    def _display(self, markup: str, words: str, report: str = "") -> None:
        """Show *markup* in a notebook, with *words* for what can't; outside a notebook print these.

        *report* is what a report has in place of *markup*.
        """
        markup = _TEXT_CELL.sub(rf"<\1{LEFT}>", markup)
        if get_ipython() is None:
            print(words)
        else:
            more = {REPORT: report} if report else {}
            display({"text/html": markup, "text/plain": words, **more}, raw=True, metadata={OURS: True})

    # Data frames to be shown with ``page.table``
    definitions = results.definitions
    rules = results.rules
    withheld = results.withheld
    assumptions = results.assumptions
    corrections = comparison.corrections
    quotable = comparison.quotable
    fact_sheet = comparison.fact_sheet
    unplaced = comparison.unplaced
    money = comparison.money
    money_history = comparison.money_history
    survival = results.survival
    targets = results.targets
    standards = results.standards
    results = results.results


def open_page(
    source: str | Path | Edition | pd.DataFrame | object,
    *,
    year: int | None = None,
    basis: str = "",
    province: str = "",
    language: str = "en",
) -> Page:
    """The page of a report of *year* from *source*: a folder of an edition, or an Edition.

    Unprotected cells or records make an internal page, on which everything is marked INTERNAL. *year* is by
    default the last one of the edition, *province* a name or code, or "" for the whole country.

    Raises
    ------
    MissingFileError
        There is no edition in that folder.
    ParameterError
        A parameter has a wrong type, or a value that the edition does not have; or papermill set one that the
        notebook does not have. The message names what there is.

    Examples
    --------
    >>> page = open_page(edition, year=2004, province="Phnom Penh")
    >>> page.province, page.period
    ('KH12', '2004')
    """
    parameters.check_injected()
    parameters.language_of(language)
    edition = parameters.edition_of(source, year)
    own_basis, own_year = parameters.basis_of(edition, basis), parameters.year_of(edition, year)
    period = periods.year_code(own_year, own_basis)
    code = parameters.province_of(edition.units(period), province, period)
    return Page(edition.until(period), own_year, own_basis, code, language)
