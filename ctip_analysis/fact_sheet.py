"""The fact sheet beside the records, the figures without a period, and the sentences that may be quoted."""

from __future__ import annotations

import html
from dataclasses import dataclass
from string import Formatter

import pandas as pd

from ctip_analysis import facts, periods, reference
from ctip_analysis.edition import Internal, Released, require
from ctip_analysis.errors import ParameterError
from ctip_analysis.facts import Fact
from ctip_analysis.tables import SYNTHETIC, Cell, Table, marks

MADE_TO_AGREE = "made to agree"
AGREES = "agrees"
NOT_COMPARED = "not compared"
QUOTED = 8
_FLOORS = ("over", "at least", "at_least")
_PUBLIC = ("published", "derived")
_FORMS = {"": "text", "n": "number", "unit": "words"}


def printed(source: Released | Internal, published_id: str) -> Fact:
    """The published or derived figure with that number (P08, D06)."""
    rows = source.published[source.published["id"].eq(published_id)]
    if rows.empty:
        raise ParameterError(f"no published figure {published_id} in this edition")
    row = rows.iloc[0]
    return facts.fact(source, f"{row['indicator']}:{row['period']}")


def published(source: Released | Internal) -> Table:
    """The fact sheet rebuilt: each of its figures beside what the records give, by pillar.

    Beside a withheld count nothing is compared; on synthetic records agreement reads "made to agree",
    because they were drawn to fit.
    """
    require(source, "published")
    known = _figures(source)
    mapped = reference.table("fact_sheet_comparison").set_index("published_id")
    rows: list[tuple[Cell, ...]] = []
    for pillar in dict.fromkeys(known["pillar"]):
        rows.append((pillar.capitalize(),))
        rows.extend(_compared(source, row, mapped.loc[row.id]) for row in known[known["pillar"].eq(pillar)].itertuples())
    return Table(
        "The fact sheet beside the records",
        ("Figure\nperiod as stated", "Published", "Records", "Why they differ"),
        tuple(rows),
        source=f"{known['source'].iloc[0]}; programme records",
        note="the fact sheet's “as of” is taken as the end of December 2004 (assumption A0)",
        marks=marks(source),
        form="words",
        look="words",
    )


def _figures(source: Released | Internal) -> pd.DataFrame:
    """The fact sheet's own figures in this edition, with pillar and what they are."""
    described = reference.table("published_results").set_index("id")
    rows = source.published[source.published["kind"].eq("published") & source.published["id"].isin(described.index)]
    names = reference.table("fact_sheet_comparison").set_index("published_id")["figure"]
    return rows.assign(
        pillar=rows["id"].map(described["pillar"]), partner=rows["id"].map(described["partner"]), figure=rows["id"].map(names)
    )


def _compared(source: Released | Internal, row: object, mapped: pd.Series) -> tuple[Cell, ...]:
    figure = printed(source, row.id)  # type: ignore[attr-defined]
    records = _records(source, mapped["fact"])
    shown: Cell = records if records is not None else "not in this edition" if mapped["fact"] else "not counted"
    return (f"{row.figure}\n{row.period_as_stated}", figure, shown, _why(source, figure, records, mapped))  # type: ignore[attr-defined]


def _records(source: Released | Internal, fact_id: str) -> Fact | None:
    """What the records give, or None where nothing is mapped or the edition does not reach so far."""
    if not fact_id:
        return None
    try:
        return facts.fact(source, fact_id)
    except ParameterError:
        return None


def _why(source: Released | Internal, figure: Fact, records: Fact | None, mapped: pd.Series) -> str:
    if records is None:
        return mapped["may_differ_because"] if not mapped["fact"] else NOT_COMPARED
    if records.status != "shown":
        return NOT_COMPARED
    granted = f"; {mapped['takes_for_granted']}" if mapped["takes_for_granted"] else ""
    if not _agree(figure, records):
        return mapped["may_differ_because"] + granted
    return (MADE_TO_AGREE if source.is_synthetic else AGREES) + granted


def _agree(figure: Fact, records: Fact) -> bool:
    """Equal, or above a figure that its source gives as a floor."""
    if not isinstance(figure.value, float) or not isinstance(records.value, float):
        return False
    return records.value >= figure.value if figure.qualifier in _FLOORS else records.value == figure.value


def unplaced(source: Released | Internal) -> Table:
    """The published figures whose source gives no period: they never stand on a time axis."""
    require(source, "unplaced")
    known = _figures(source)
    rows = known[known["period_as_stated"].str.startswith("not stated")]
    cells = tuple((row.figure, printed(source, row.id), row.partner) for row in rows.itertuples())
    return Table(
        "Published figures without a period",
        ("Figure", "Published", "Partner"),
        cells,
        look="words",
        source="; ".join(rows["source"].unique()),
        note="the source does not say when these were counted, so no chart over time shows them",
        form="words",
        look="words",
    )


@dataclass(frozen=True)
class Quote:
    """One sentence that may be quoted as it stands, and what must not be made of it."""

    sentence: str
    not_to_write: str
    main: Fact
    period: str

    def html(self) -> str:
        """The sentence, what goes with it, and what not to write."""
        fact, when = self.main, self.period
        kind = SYNTHETIC if fact.kind == "synthetic" else fact.kind
        return (
            f'<li><p class="quote">{self.sentence}</p><p class="not"><strong>Not to be written:</strong> {self.not_to_write}</p>'
            f'<p class="about"><span class="period">{html.escape(when[:1].upper() + when[1:])}</span> · {html.escape(fact.place)} · {kind} · '
            f'<span class="source">{html.escape(fact.source)}</span> · <code class="id">{html.escape(fact.id)}</code></p></li>'
        )


@dataclass(frozen=True)
class Quotes:
    """A list of quotable sentences."""

    quotes: tuple[Quote, ...]

    def html(self) -> str:
        """The sentences as a list."""
        return f'<ol class="quotes">{"".join(quote.html() for quote in self.quotes)}</ol>'

    def _repr_html_(self) -> str:
        return self.html()


def quotable(source: Released | Internal, period: str = "") -> Quotes:
    """Up to eight sentences that may be quoted, from ``data/reference/quotable.csv``.

    A sentence stands only if each of its facts is shown; on a synthetic edition only published and
    derived figures do, because nothing counted from made-up records may be quoted.
    """
    require(source, "quotable")
    code = period or periods.year_code(source.year, source.basis)
    quotes = [_quote(source, row, code) for row in reference.table("quotable").itertuples()]
    return Quotes(tuple([quote for quote in quotes if quote is not None][:QUOTED]))


def _quote(source: Released | Internal, row: object, period: str) -> Quote | None:
    try:
        known = [_named(source, one.format(period=period)) for one in row.facts.split()]  # type: ignore[attr-defined]
    except ParameterError:
        return None
    if any(fact.status != "shown" or (source.is_synthetic and fact.kind not in _PUBLIC) for fact in known):
        return None
    texts = [_filled(text, known, period) for text in (row.sentence, row.not_to_write)]  # type: ignore[attr-defined]
    return Quote(texts[0], texts[1], known[0], _stated_period(source, known[0]))


def _stated_period(source: Released | Internal, fact: Fact) -> str:
    """The period as the source words it, or that of the cell."""
    rows = source.published[source.published["indicator"].eq(facts.FactId.parse(fact.id).indicator)]
    stated = rows["period_as_stated"].iloc[0] if len(rows) and fact.kind in _PUBLIC else facts.period_words(fact.period)
    return "period not stated" if stated.startswith("not stated") else stated


def _named(source: Released | Internal, name: str) -> Fact:
    return facts.fact(source, name) if ":" in name else printed(source, name)


def _filled(template: str, known: list[Fact], period: str) -> str:
    """*template* with {1}, {2:n} … as facts; the first word of a sentence starts with a capital."""
    parts: list[str] = []
    for literal, name, form, _ in Formatter().parse(template):
        parts.append(html.escape(literal, quote=False))
        if name == "period_label":
            parts.append(f'<span class="period">{periods.label(period)}</span>')
        elif name is not None and form == "period":
            parts.append(f'<span class="period">{facts.period_words(known[int(name) - 1].period)}</span>')
        elif name is not None:
            written = known[int(name) - 1].html(_FORMS[form or ""])
            parts.append(written if "".join(parts).strip() else _capital(written))
    return "".join(parts)


def _capital(written: str) -> str:
    """A fact's HTML with the first letter of its text in capital."""
    tag, _, text = written.partition(">")
    return f"{tag}>{text[:1].upper()}{text[1:]}"


def targets(source: Released | Internal, period: str, indicators: list[str] | None = None) -> Table:
    """Baseline, target, actual and last data quality assessment; what is not on record is said aloud.

    *indicators* default to those of the fact sheet and those with a target. The actual is that of *period*.
    """
    require(source, "targets")
    known = source.indicators
    usual = known["published_id"].ne("") | known.index.isin(source.targets["indicator"])
    chosen = indicators or list(known.index[usual])
    rows = [_target_row(source, one, period) for one in chosen]
    sources = dict.fromkeys(source.targets.loc[source.targets["indicator"].isin(chosen), "source"])
    return Table(
        f"Baseline, target and actual, {periods.label(period)}",
        ("Indicator", "Baseline", "Target", "Actual", "Last data quality assessment"),
        tuple(rows),
        source="; ".join([*sources, "programme records"]),
        marks=marks(source),
        form="words",
        look="words",
    )


def _target_row(source: Released | Internal, indicator: str, period: str) -> tuple[Cell, ...]:
    known = source.targets[source.targets["indicator"].eq(indicator)].sort_values("year")
    last = known.iloc[-1] if len(known) else pd.Series(dtype=str)
    actual = _records(source, f"{indicator}:{period}") or "no figure for this period"
    assessed = last.get("assessed_on", "") or "none on record"
    baseline, target = (_stated(source, indicator, last, part) for part in ("baseline", "target"))
    name = str(source.indicators.loc[indicator, "name_en"]) + (f"\ntarget for {last['year']}" if len(known) else "")
    return (name, baseline, target, actual, assessed)


def _stated(source: Released | Internal, indicator: str, row: pd.Series, part: str) -> Cell:
    """A baseline or target as a published figure; "no baseline", "no target" where none is on record."""
    if not row.get(part, ""):
        return f"no {part}"
    name = f"{part}.{indicator}"
    try:
        return facts.fact(source, f"{name}:{row['year']}")
    except ParameterError:
        pass
    unit = str(source.indicators.loc[indicator, "unit"])
    fact_id = str(facts.FactId(name, str(row["year"])))
    return Fact(fact_id, float(row[part]), "shown", unit, "", "published", row["source"], str(row["year"]), "Cambodia", part)


def standards(source: Released | Internal) -> Table:
    """Standard indicators: which can be reported from these records, and why not the others."""
    require(source, "standards")
    wording = reference.table("indicator_standards").set_index("code")["wording"]
    rows = tuple(
        (row.code, wording[row.code], _answer(source, row.answer, row.indicator), row.why)
        for row in reference.table("standards_reporting").itertuples()
    )
    return Table("Standard indicators (PS.5) and these records", ("Code", "Wording", "Can it be reported?", "Condition or reason"), rows, look="words codes")


def _answer(source: Released | Internal, answer: str, indicator: str) -> str:
    if indicator not in source.indicators.index:
        return answer
    return f"{answer}, from “{source.indicators.loc[indicator, 'name_en']}”"
