"""Every number a reader sees on a page, held against the fact at its place.

An allow-list of numbers can't work (a leaked 7 equals a shown 7), so what is allowed depends on where it
stands: inside a fact only that fact's own wording; elsewhere only periods, years in labels, and
sentences that stand word for word in the edition or in the project's reference tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import NavigableString, Tag

from ctip_analysis.audit.alt import alt_numbers
from ctip_analysis.audit.html import printed_strings, soup_of
from ctip_analysis.audit.known import FLOOR, Known, has_number, plain
from ctip_analysis.audit.text import Finding
from ctip_analysis.edition import facts
from ctip_analysis.page.table_html import SHORT
from ctip_analysis.page.tables import AGES

_COUNTED = ("counted", "synthetic")
OUTSIDE = "number outside a fact"
NOT_FACT = "number that is not its fact"
SHOWN_WITHHELD = "number in a withheld place"
_FIXED = (  # sentences of the code itself, with the place they stand in
    (re.compile(r"and \d+ more measures\b"), "caption"),
    (re.compile(r"^Rule \d+$"), "th"),
    (re.compile(rf"^(?:{'|'.join(AGES.values())})$"), "th"),
    (re.compile(r"\bper 1,000 residents\b"), "th"),
    (re.compile(r"\bof the 95% interval\b"), "th"),
    (re.compile(r"\(PS\.5\)"), "caption"),
    (re.compile(r"ctip-analysis \d+\.\d+\.\d+"), "footer"),
    (re.compile(r"\(ODbL\) 1\.0"), "footer"),
    (re.compile(r"^\d\d_[a-z_]+$|--notebook \d\d\b"), "code"),
    (re.compile(r"^[0-9a-f]{7,40}(?:-dirty)?$"), "footer"),
    (re.compile(r"\(assumption A0\)"), "p"),
    (re.compile(r"^\d+ (?:to under \d+|or more)$"), "th"),
)
_YEARS = re.compile(
    r"(?<![\w.,])(?:FY|CTIP )?(?:19|20)\d\d(?:[-–](?:19|20)?\d\d)?(?:Q[1-4]|H[12])?(?![\w%]|[.,]\d)"
)
_LABELS = frozenset(  # where a year stands as a label
    [
        "caption",
        "th",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "title",
        "code",
        ".below",
        ".period",
        ".name",
        ".subtitle",
    ]
)
_RULES = re.compile(
    r"(?<![\d.,])(?:1|2|3|5|10|11|75%?|90%?)(?![\d.,]\d|\d)"
)  # the thresholds the rules speak of
_SPELLED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s+(?:\w+\s+)?"
    r"(?:clients?|victims?|survivors?|girls?|boys?|wom[ae]n|m[ae]n|child(?:ren)?|convictions?|minors?)\b",
    re.IGNORECASE,
)


def numbers(file: str, text: str, known: Known) -> Iterator[Finding]:
    """What a page's visible text says that its edition does not."""
    soup = soup_of(text)
    for at, data in enumerate(soup.select("data"), start=1):
        yield from _fact(file, data, known, f"fact {at}, line {data.sourceline}")
    for string in soup.find_all(string=True):
        if type(string) is NavigableString and string.parent is not None:
            yield from _outside(file, string, known)
    for image in soup.find_all("img"):
        place = f"alternative text, line {image.sourceline}"
        if left := alt_numbers(plain(str(image.get("alt", ""))), known.released, known.left_over):
            yield Finding(file, place, OUTSIDE, f"{left} number(s) that no shown fact at that place has")
    for string in printed_strings(soup):
        if has_number(known.left_over(string).replace(known.released.id[:12], "")):
            yield Finding(file, "running header", OUTSIDE, "a number nothing stands behind")


def _fact(file: str, data: Tag, known: Known, place: str) -> Iterator[Finding]:
    """One fact: its words, its marks, and that nothing else stands inside."""
    fact = known.fact(str(data.get("value", "")))
    if fact is None:
        yield Finding(file, place, NOT_FACT, "its id is none of the edition's facts")
        return
    said = data.get_text()
    if said not in words_of(fact):
        channel = SHOWN_WITHHELD if fact.status != "shown" else NOT_FACT
        yield Finding(file, place, channel, "says something else than the edition at that id")
    expected = {"fact", fact.kind} | ({fact.status} - {"shown"})
    if set(data.get("class", [])) != expected:
        yield Finding(
            file, place, NOT_FACT, "its mark is not that of the fact (synthetic, published, withheld …)"
        )
    if fact.kind in _COUNTED and _is_small(fact, known):
        yield Finding(file, place, "small count", f"a count about persons below {FLOOR} is shown")
    if data.find(True) is not None or str(data["value"]) != fact.id:
        yield Finding(file, place, NOT_FACT, "its id is not written out, or it holds more than words")


def _is_small(fact: facts.Fact, known: Known) -> bool:
    """Whether a counted number about persons is below the threshold; a zero only where zeros are withheld."""
    wanted = facts.FactId.parse(fact.id)
    if wanted.derivation or wanted.indicator not in known.persons or not isinstance(fact.value, float):
        return False
    harmless = str(known.released.indicators.loc[wanted.indicator, "zero_is_safe"]).lower() == "true"
    return fact.value < FLOOR and not (harmless and fact.value == 0)


def words_of(fact: facts.Fact) -> set[str]:
    """Every wording in which a page may print *fact*."""
    forms = {fact.number, fact.text, fact.words, fact.delta}
    forms |= {SHORT[fact.status]} if fact.status in SHORT else set()
    return forms | {form[:1].upper() + form[1:] for form in forms}


def _outside(file: str, string: NavigableString, known: Known) -> Iterator[Finding]:
    """Words that stand in no fact."""
    parents = list(string.parents)
    if any(parent.name in ("data", "style", "script") for parent in parents):
        return
    said = plain(string)
    place = f"line {parents[0].sourceline}"
    if _SPELLED.search(said) and _SPELLED.search(known.left_over(said)):
        yield Finding(file, place, OUTSIDE, "a number of people in words")
    if has_number(said) and has_number(_unexplained(said, parents, known)):
        yield Finding(file, place, OUTSIDE, "a number that is neither a fact nor part of a known text")


def _unexplained(text: str, parents: list[Tag], known: Known) -> str:
    """What is left of *text* once that is taken away which may stand at its place."""
    names = {parent.name for parent in parents}
    own = {f".{word}" for parent in parents[:2] for word in parent.get("class", [])}
    if "footer" in names or ".edition" in own:
        text = text.replace(known.released.id, "").replace(known.released.id[:12], "")
    if parents[0].name == "code" and ".id" in own:
        item = parents[0].find_parent("li")
        stated = [str(data["value"]) for data in item.select("data.fact")] if item else []
        return "" if text in stated else text
    left = known.left_over(text)
    for pattern, where in _FIXED:
        if where in names:
            left = pattern.sub(" ", left)
    is_sentence = parents[0].name == "td" and len(re.findall(r"[a-z]{2,}", text)) > 4
    if is_sentence or _LABELS & (own | {parent.name for parent in parents[:2]}):
        left = _YEARS.sub(" ", left)
    table = parents[0].find_parent("table")
    if table is not None and table.caption is not None and table.caption.get_text() == "Rules of protection":
        left = _RULES.sub(" ", left)
    return left


def sidecar(file: str, page: str, beside: Path, known: Known | None) -> Iterator[Finding]:
    """Whether the facts beside a page are the page's own: the same ids, order, words and sources."""
    name = beside.name
    try:
        listed = json.loads(beside.read_text(encoding="utf-8"))
        stated = [(entry["id"], entry["text"]) for entry in listed]
    except (OSError, ValueError, KeyError, TypeError):
        yield Finding(file, "", "disagreeing copies", f"{name} is missing or is no list of facts")
        return
    shown = [(str(data.get("value", "")), data.get_text()) for data in soup_of(page).select("data.fact")]
    if stated != shown:
        yield Finding(
            name, "", "disagreeing copies", "its facts are not those of the page, one by one in their order"
        )
    for number, entry in enumerate(listed, start=1):
        if known is not None and not _is_described(entry, known):
            yield Finding(
                name, f"entry {number}", NOT_FACT, "its status, kind, label or source is not the fact's"
            )


def _is_described(entry: dict[str, str], known: Known) -> bool:
    fact = known.fact(entry["id"])
    if fact is None:
        return False
    expected = {"status": fact.status, "kind": fact.kind, "source": fact.source, "label": fact.label}
    return {key: entry.get(key) for key in expected} == expected
