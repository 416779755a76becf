"""Tables of a report's annex: definitions, rules, assumptions, what may be quoted; and what is withheld, in words.

The others give a data frame for ``page.table``; all are methods of :class:`~ctip_analysis.page.Page`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import ParameterError, suggestion
from ctip_analysis.edition import PLACES, Fact, quoted
from ctip_analysis.page import frames

if TYPE_CHECKING:
    from ctip_analysis.page.page import Page

QUOTED = 8  # sentences that may be quoted
_PUBLIC = ("published", "derived")
_LISTED = 20  # corrections
_REASONS = {
    "records_corrected": "the records were corrected",
    "withdrawn": "was shown before and is withheld to protect people now",
}


def stated(words: str) -> str:
    """Text of a reference table, marked as a quotation where it has digits."""
    return quoted(words) if re.search(r"\d", words) else words


def definitions(page: Page, indicators: Sequence[str]) -> pd.DataFrame:
    """What each of the *indicators* counts and what it does not.

    >>> page.table(page.definitions(["performances_held"]), "What is counted, and what is not")
    What is counted, and what is not
    """
    known = page.edition.indicators
    for name in indicators:
        if name not in known.index:
            raise ParameterError(f"there is no indicator {name!r}{suggestion(name, known.index)}")
    chosen = known.loc[list(indicators), ["name_en", "one_unit_is", "counts", "counts_not"]]
    return chosen.set_axis(["Indicator", "One unit is", "Counts", "Does not count"], axis=1).reset_index(drop=True)


def rules(page: Page) -> pd.DataFrame:
    """The rules by which numbers of this edition are withheld, in the edition's own words."""
    return pd.DataFrame({"What may not be shown": list(page.edition.info.get("rules", []))}, dtype=object)


def assumptions(page: Page) -> pd.DataFrame:
    """What the numbers take for granted and what depends on it; the sample's only where it is the source.

    That of published figures only where the reporting year has some.
    """
    known = reference.table("assumptions")
    applies = {"all"} | ({"sample"} if page.edition.is_synthetic else set())
    applies |= {"published"} if page.edition.published["value"].ne("").any() else set()
    kept = known[known["applies_to"].isin(applies)]
    names = {"id": "Assumption", "assumption": "What is taken for granted", "rests_on_it": "What depends on it"}
    return kept[list(names)].rename(columns=names).map(stated)


def withheld(page: Page) -> str:
    """Sentences that name the results about persons of which the reporting year withholds a number; "" without one."""
    cells = page.edition.frame
    hidden = cells[cells["period"].eq(page.period) & cells["status"].eq("withheld")]
    is_split = hidden[PLACES].ne("").any(axis=1)
    national = set(hidden.loc[~is_split, "indicator"])
    return " ".join([
        *_named(page, f"Withheld in {page.period:label} to protect people", national),
        *_named(page, "Withheld for some groups or places only", set(hidden["indicator"]) - national),
    ])  # fmt: skip


def _named(page: Page, said: str, indicators: set[str]) -> list[str]:
    """One sentence with the names of *indicators*, in the order of their definitions; none without any."""
    names = page.edition.indicators["name_en"]
    found = [name[:1].lower() + name[1:] for name in names[names.index.isin(indicators)]]
    return [f"{said}: {', '.join(found)}."] if found else []


def corrections(page: Page) -> pd.DataFrame:
    """Cells of which an earlier edition showed another number: that number, the number now, and why.

    Of more than twenty only the national ones of years and to date: ``changes.csv`` of the edition has all.
    """
    known = page.edition.changes
    if len(known) > _LISTED:
        long = known["period"].map(periods.grain).isin(["year", "to_date"])
        known = known[long & known[PLACES].eq("").all(axis=1)]
    rows = []
    for row in known.itertuples():
        name = f"{row.indicator}:{row.period}:{row.adm1_code or row.zone}:{row.sex}:{row.age_band}:{row.partner}"
        now, before = page.edition.fact(name), page.edition.fact(f"{name}:earlier")
        words = _REASONS.get(row.reason, row.reason)
        rows.append((now.label, row.period, now.place, before, now, words))
    return pd.DataFrame(rows, columns=["Result", "period", "Place", "Before", "Now", "Why"])


def quotable(page: Page, published: bool = False) -> pd.DataFrame:
    """Up to eight sentences of the reporting year that may be quoted as they are, and what must not be made of them.

    Those of which every fact is shown; with *published*, sentences of published figures instead. Sentences counted
    from made-up records carry the mark of their table: they show the form.
    """
    made = []
    for row in reference.table("quotable").itertuples():
        facts = [_figure(page, name.format(period=page.period)) for name in row.facts.split()]
        shown = [fact for fact in facts if fact]
        if len(shown) == len(facts) and published == all(fact.kind in _PUBLIC for fact in shown):
            words = (_filled(template, shown, page) for template in (row.sentence, row.not_to_write))
            made.append((*words, shown[0].source))
    names = ["Sentence", "Not to be written", "Source"]
    return pd.DataFrame(made[:QUOTED], columns=names).assign(Source=lambda frame: frame["Source"].map(stated))


def _figure(page: Page, name: str) -> Fact | None:
    """A fact by its id, or by the number of a published figure (P08)."""
    published = page.edition.published
    rows = published[published["id"].eq(name)]
    if len(rows):
        name = f"{rows['indicator'].iloc[0]}:{rows['period'].iloc[0]}"
    return frames.known_fact(page.edition, name)


def _filled(template: str, facts: Sequence[Fact], page: Page) -> str:
    """*template* with {1}, {2:n} and so on as facts; ``{1:period}`` is the period of a fact."""
    dated = re.sub(r"\{(\d):period\}", lambda found: f"{{when[{found[1]}]}}", template)
    when = ["", *(f"{periods.Period(fact.period or periods.UNSTATED):label}" for fact in facts)]
    return dated.format("", *facts, when=when, period_label=f"{page.period:label}")
