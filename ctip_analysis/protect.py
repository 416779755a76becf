"""Which numbers may be shown, decided over all cells of an edition and the editions before it.

The interim rule (decision 0005), until protection over all tables lands: about persons only national
cells of whole years and to-date spans are shown, none by sex, age, partner, place or stage of a case;
counts of 1 to 10, and zeros unless a zero harms nobody, are withheld; and no withheld cell can be had
by adding and subtracting shown ones, of this edition or an earlier one. It never shows more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from ctip_analysis import periods, reference
from ctip_analysis.edition import CELL_COLUMNS, KEYS, PLACES, Released
from ctip_analysis.errors import NotShareableError

THRESHOLD = 11  # CTDC's k: counts of 1 to 10 are withheld
FEWEST_CASES = 3

Key = tuple[str, str]  # indicator, period: all that is left of a key once every place is together


@dataclass(frozen=True)
class Relation:
    """``total`` is fixed by ``parts`` (their sum, or sums and differences of them)."""

    total: Key
    parts: tuple[Key, ...]


def protect(cells: pd.DataFrame, previous: Iterable[Released] = ()) -> Released:
    """Cells as they may be shown: a withheld one keeps its row and loses its number.

    *cells* come from ``count.count``; *previous* are all editions that were released before, which
    readers hold. Same cells and editions give the same result.

    Raises
    ------
    NotShareableError
        A small count could be had from earlier editions whatever is withheld now.
    """
    rules = reference.table("indicators").set_index("id", drop=False)
    about_persons = cells["indicator"].map(rules["concerns_persons"])
    open_cells = cells[about_persons & _in_the_interim_plan(cells, rules)]
    hidden = set(cells.index[about_persons]) - _safe(open_cells, rules, list(previous))
    status = cells["status"].mask(cells.index.isin(hidden), "withheld")
    shown = cells.assign(status=status, value=cells["value"].where(status.eq("shown")))
    ordered = shown[CELL_COLUMNS].sort_values(KEYS, kind="stable").reset_index(drop=True)
    return Released(ordered, indicators=rules)


def _in_the_interim_plan(cells: pd.DataFrame, rules: pd.DataFrame) -> pd.Series:
    together = cells[PLACES].eq("").all(axis=1)
    grain = cells["period"].map({code: periods.grain(code) for code in cells["period"].unique()})
    return together & grain.isin(["year", "to_date"]) & cells["indicator"].map(rules["case_stage"]).eq("")


def _safe(cells: pd.DataFrame, rules: pd.DataFrame, previous: list[Released]) -> set[int]:
    """Index of those national *cells* about persons that may be shown."""
    values = {
        (row.indicator, row.period): float(row.value) for row in cells.itertuples() if row.status == "shown"
    }
    given_up = _withheld_before(previous)
    before = _shown_before(previous, set(cells["indicator"]))
    printed = _printed(values, rules)
    fixed = {key for key, value in values.items() if value in before.get(key, set())}
    fixed |= {key for key in printed if periods.grain(key[1]) == "year"}
    for key in printed:
        before.setdefault(key, set()).add(values[key])
    if _held_on_another_basis(previous, cells):
        return set()
    hidden = {key for key in values if key not in fixed and (key in given_up or _is_small(cells, rules, key))}
    hidden |= {key for key, value in values.items() if _is_near(value, before.get(key, set()))}
    hidden |= _near_a_printed_total(values, rules)
    hidden = _without_near_spans(values, hidden, before, fixed)
    nameless, consent = _without_consent(values)
    relations = [*_over_time(values), *_over_parts(values, rules), *consent]
    hidden = _complemented(hidden | set(nameless), values | nameless, relations, fixed)
    return {
        row.Index
        for row in cells.itertuples()
        if (row.indicator, row.period) not in hidden and row.status == "shown"
    }


def _is_small(cells: pd.DataFrame, rules: pd.DataFrame, key: Key) -> bool:
    row = cells[cells["indicator"].eq(key[0]) & cells["period"].eq(key[1])].iloc[0]
    if row["value"] == 0:
        return not rules.loc[key[0], "zero_is_safe"]
    return row["value"] < THRESHOLD or row["contributors"] < FEWEST_CASES


def _shown_before(previous: list[Released], indicators: set[str]) -> dict[Key, set[float]]:
    """Every value of national cells about persons that readers already hold, those since corrected too."""
    held: dict[Key, set[float]] = {}
    for edition in previous:
        rows = _national(edition, "shown")
        for row in rows[rows["indicator"].isin(indicators)].itertuples():
            held.setdefault((row.indicator, row.period), set()).add(float(row.value))
    return held


def _national(edition: Released, status: str) -> pd.DataFrame:
    rows = edition.frame
    return rows[rows["status"].eq(status) & rows[PLACES].eq("").all(axis=1)]


def _held_on_another_basis(previous: list[Released], cells: pd.DataFrame) -> bool:
    """Whether readers hold figures about persons by fiscal years and these are by calendar years, or the reverse.

    The spans of the two end a quarter apart, so that their differences are small counts.
    """
    bases = {periods.basis(code) for code in cells["period"].unique()} - {"to_date"}
    for edition in previous:
        rows = _national(edition, "shown")
        rows = rows[rows["indicator"].isin(set(cells["indicator"]))]
        if {periods.basis(code) for code in rows["period"].unique()} - {"to_date"} - bases:
            return True
    return False


def _withheld_before(previous: list[Released]) -> set[Key]:
    """National cells an earlier edition withheld: shown now, they could open what was withheld with them."""
    held: set[Key] = set()
    for edition in previous:
        rows = _national(edition, "withheld")
        held |= set(zip(rows["indicator"], rows["period"], strict=True))
    return held


def _printed(values: dict[Key, float], rules: pd.DataFrame) -> set[Key]:
    """Cells that equal a figure the fact sheet prints: for that very year, or to the day it is taken to stand for.

    The first stay printed. The second are only held against others, since the day is an assumption (A0).
    """
    sheet = reference.table("published_results").set_index("id")
    printed = set()
    for name, period in values:
        for number in rules.loc[name, "published_id"].split():
            stated = sheet.loc[number, "period_as_stated"] == "In 2004"
            same = period == "2004" if stated else period.endswith("/2004-12-31")
            if same and float(sheet.loc[number, "value"]) == values[name, period]:
                printed.add((name, period))
    return printed


def _near_a_printed_total(values: dict[Key, float], rules: pd.DataFrame) -> set[Key]:
    """Cells of consenting clients that lie 1 to 10 under a printed figure of all of them.

    The difference would be those who did not consent, or came in another year.
    """
    printed = reference.table("published_results").set_index("id")["value"].astype(float)
    near = set()
    for name, period in values:
        figures = rules.loc[name, "published_id"].split() if rules.loc[name, "consenting_only"] else []
        if any(0 < printed[number] - values[name, period] < THRESHOLD for number in figures):
            near.add((name, period))
    return near


def _is_near(value: float, others: set[float]) -> bool:
    """Whether *value* lies 1 to 10 off one of *others*: a correction, or people who came in between."""
    return any(0 < abs(value - other) < THRESHOLD for other in others)


def _without_near_spans(
    values: dict[Key, float], hidden: set[Key], before: dict[Key, set[float]], fixed: set[Key]
) -> set[Key]:
    """*hidden* and those to-date cells that lie 1 to 10 off another that readers hold or are shown now.

    The difference of two spans is what happened between their ends, however many years that is.
    """
    hidden = set(hidden)
    known: dict[str, set[float]] = {}
    for (name, period), held in before.items():
        if periods.grain(period) == "to_date":
            known.setdefault(name, set()).update(held)
    for name, period in sorted(values):
        if periods.grain(period) != "to_date" or (name, period) in hidden | fixed:
            continue
        if _is_near(values[name, period], known.get(name, set())):
            hidden.add((name, period))
        else:
            known.setdefault(name, set()).add(values[name, period])
    return hidden


def _over_time(values: dict[Key, float]) -> Iterator[Relation]:
    """To date = to date a year earlier + the year. Where persons are distinct it is a bound, taken as if equal."""
    for name in sorted({key[0] for key in values}):
        spans = sorted(code for each, code in values if each == name and periods.grain(code) == "to_date")
        years = sorted(code for each, code in values if each == name and periods.grain(code) == "year")
        for place, (span, year) in enumerate(zip(spans, years, strict=False)):
            earlier = ((name, spans[place - 1]),) if place else ()
            yield Relation((name, span), (*earlier, (name, year)))


def _over_parts(values: dict[Key, float], rules: pd.DataFrame) -> Iterator[Relation]:
    """A printed sum = its parts: clients assisted = victims + at risk + of unknown type."""
    of = rules[rules["part_of"].ne("")].groupby("part_of")["id"].apply(list)
    for name, period in sorted(values):
        parts = [(part, period) for part in of.get(name, [])]
        if parts and all(part in values for part in parts):
            yield Relation((name, period), tuple(parts))


def _without_consent(values: dict[Key, float]) -> tuple[dict[Key, float], list[Relation]]:
    """Small numbers of clients without consent, who are no cell, and how they follow from cells.

    All clients less consenting ones gives them at each date, and two dates give those between.
    """
    sizes: dict[Key, float] = {}
    relations: list[Relation] = []
    dates = sorted(period for name, period in values if name == "clients_all")
    for place, period in enumerate(dates):
        members = [("clients_all", period), ("clients_assisted", period)]
        _note(sizes, relations, members, values, f"without consent, {period}")
        if place:
            earlier = [(name, dates[place - 1]) for name, _ in members]
            _note(
                sizes, relations, [*members, *reversed(earlier)], values, f"newly without consent, {period}"
            )
    return sizes, relations


def _note(
    sizes: dict[Key, float],
    relations: list[Relation],
    members: list[Key],
    values: dict[Key, float],
    name: str,
) -> None:
    """Add the alternating sum of *members*, if it is a small number of people, as a hidden part."""
    size = sum(values[key] * (-1) ** place for place, key in enumerate(members))
    if 0 < size < THRESHOLD:
        sizes[(name, "")] = size
        relations.append(Relation(members[0], (*members[1:], (name, ""))))


def _complemented(
    hidden: set[Key], values: dict[Key, float], relations: list[Relation], fixed: set[Key]
) -> set[Key]:
    """*hidden* and as many more cells as it takes that no relation gives a hidden one away.

    Which cell goes next depends on its name and period only, never on a number.
    """
    hidden = set(hidden)
    while opened := next((each for each in relations if _opens(each, hidden, values)), None):
        free = [key for key in (opened.total, *opened.parts) if key not in hidden and key not in fixed]
        if not free:
            raise NotShareableError(
                f"no edition was written: earlier editions already show so much of {opened.total[0]} that a "
                f"small count in {opened.total[1]} could be worked out. Use a new EDITIONS folder only if the "
                "earlier one was never shared."
            )
        hidden.add(min(free, key=_order))
    return hidden


def _opens(relation: Relation, hidden: set[Key], values: dict[Key, float]) -> bool:
    """Whether the shown cells of *relation* fix its one hidden cell, or a hidden sum below the threshold."""
    parts = [key for key in relation.parts if key in hidden]
    if relation.total in hidden:
        return not parts
    return len(parts) == 1 or (bool(parts) and sum(values[key] for key in parts) < THRESHOLD)


def _order(key: Key) -> tuple[bool, bool, str, str]:
    """Order in which cells are given up: the all-clients total, years, then to-date spans, the oldest first."""
    return key[0] != "clients_all", periods.grain(key[1]) == "to_date", key[1], key[0]
