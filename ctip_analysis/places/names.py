"""Spellings of province names, turned into P-codes. Names are data; an unknown spelling stops the run.

Names come from ``data/reference/provinces.csv``, further spellings from ``province_aliases.csv``, short
forms of a first word ("Kg. Cham") from ``province_short_forms.csv``. Nothing is guessed: a near spelling is
proposed, never applied.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache

import pandas as pd

from ctip_analysis.base import periods, reference
from ctip_analysis.base.errors import DataError, Fault, UnknownNameError

ALIASES = "data/reference/province_aliases.csv"
UNKNOWN = "unknown"  # a place that was not recorded
PROPOSALS = 3
SPLIT, SPLIT_CODES = date(2013, 12, 31), {"KH03", "KH25"}  # first day of Tboung Khmum, cut from Kampong Cham

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))  # Khmer lines break at them
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))  # K'pong is one word
_LATIN_MARKS = re.compile("[\u0300-\u036f]")  # Khmer vowel signs are marks too and must stay
_KHMER_SYLLABLE = re.compile("[\u1780-\u17b3](?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17dd])+")
_KHMER_SIGNS = re.compile("\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17dd]")
_KHMER_KINDS = ("ខេត្ត", "ក្រុង", "រាជធានី")  # province, municipality, capital
_KIND_WORDS = {"province", "provinces", "prov", "municipality", "city", "capital", "of", "the",
               "krong", "khett", "khet", "khaet", "khetr"}  # fmt: skip
_CODE = re.compile(r"(?:kh[\s._-]*)?(\d{1,2})(?:\.0)?")  # KH12, kh-12, 12, and Excel's 12.0; never -9


def is_same_area(code: str, one: str, other: str) -> bool:
    """Whether the province *code* has the same area in two periods: not from both sides of its split.

    >>> is_same_area("KH03", "2013", "2014"), is_same_area("KH03", "2014", "2015"), is_same_area("KH12", "2013", "2014")
    (False, True, True)
    """
    is_after = [periods.span(period)[0] >= SPLIT for period in (one, other)]
    return code not in SPLIT_CODES or is_after[0] == is_after[1]


def province_codes(names: pd.Series | Iterable[object] | str) -> pd.Series:
    """P-codes "KH01" to "KH25" of *names*: spellings in English or Khmer, or codes; every one found.

    Takes a Series (its index is kept), any other sequence, or one name. A code says which unit is meant, not
    that it existed on a day: see :func:`ctip_analysis.load_provinces`.

    Raises
    ------
    UnknownNameError
        A name is missing or has no code. Every unknown spelling is listed once, with near ones.

    Examples
    --------
    >>> province_codes(["Phnom Penh", "kh-17", "កណ្ដាល"]).tolist()
    ['KH12', 'KH17', 'KH08']
    """
    given = _series(names)
    codes = lookup(given)
    if codes.isna().any():
        raise UnknownNameError(_complaint(given[codes.isna()]))
    return codes


def lookup(names: pd.Series) -> pd.Series:
    """P-codes of *names*, <NA> where a name is missing or unknown; for validation."""
    known = {name: _code(name) for name in names.dropna().unique()}
    return names.map(known).astype("string").rename("adm1_code")


@cache  # a report asks for the same few places at each of its numbers
def place(text: str) -> str:
    """The place of a cell that *text* names: a P-code, a zone as it is written, "unknown", or "" for the country."""
    if text in ("", UNKNOWN) or text in set(zones().values()):
        return text
    return str(province_codes(text).iloc[0])


@cache
def zones() -> dict[str, str]:
    """Zone of each P-code, from ``data/reference/zones.csv``."""
    table = reference.table("zones")
    return dict(zip(table["adm1_code"], table["zone"], strict=True))


def nearest(name: str) -> list[str]:
    """Up to three province names spelt like *name*, nearest first; empty if none is near."""
    spellings = _spellings()
    near = difflib.get_close_matches(fold(str(name)), spellings, n=25, cutoff=0.6)
    codes = list(dict.fromkeys(spellings[spelling] for spelling in near))
    return [_latest_names()[code] for code in codes[:PROPOSALS]]


def fold(text: str) -> str:
    """*text* without what does not distinguish two provinces; for comparing, never for showing.

    Removed: case, zero-width and no-break spaces, Latin accents, punctuation, spaces, and the words for
    province, municipality and capital in English and Khmer. Short forms of the first word are written out, and
    Khmer signs brought into one order, because many orders look the same.

    >>> fold(" Khétt Kg. Chhnăng ")
    'kampongchhnang'
    >>> fold("ខេត្ត\u200bកំពត") == fold("កំពត")
    True
    """
    plain = unicodedata.normalize("NFC", text).translate(_INVISIBLE).translate(_APOSTROPHES)
    plain = plain.casefold().replace("œ", "oe")
    plain = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", plain))
    plain = _KHMER_SYLLABLE.sub(_in_order, unicodedata.normalize("NFC", plain))
    # Khmer vowel signs are not \w for Python: name what separates instead of what belongs to a word
    words = [word for word in re.split(r"[\s.,;:_/()\[\]\"«»“”–—-]+", _without_kind(plain)) if word]
    while len(words) > 1 and words[0] in _KIND_WORDS:
        words = words[1:]
    while len(words) > 1 and words[-1] in _KIND_WORDS:
        words = words[:-1]
    if len(words) > 1:
        words[0] = _short_forms().get(words[0], words[0])
    return "".join(words)


def _in_order(syllable: re.Match[str]) -> str:
    """One Khmer syllable with its subscripts first, then vowels, then signs, and TA for a subscript DA."""
    base, signs = (
        syllable[0][0],
        _KHMER_SIGNS.findall(syllable[0][1:].replace("\u17d2\u178a", "\u17d2\u178f")),
    )
    return base + "".join(sorted(signs, key=lambda sign: (len(sign) == 1, sign == "\u17d2\u179a", sign)))


def _without_kind(text: str) -> str:
    """*text* without a leading Khmer word for province, municipality or capital."""
    return _khmer_kinds().sub("", text.strip())


@cache
def _khmer_kinds() -> re.Pattern[str]:
    folded = (_KHMER_SYLLABLE.sub(_in_order, word) for word in _KHMER_KINDS)
    return re.compile(f"^(?:{'|'.join(folded)})")


def spellings_by_fold(table: pd.DataFrame) -> dict[str, str]:
    """Code of each folded spelling; *table* has columns alias and adm1_code.

    Raises DataError where two provinces have spellings that are the same after folding.
    """
    folded = table.assign(fold=table["alias"].map(fold)).drop_duplicates(["fold", "adm1_code"])
    twice = folded[folded["fold"].duplicated(keep=False)]
    if len(twice):
        faults = [
            Fault(ALIASES, f"one spelling for {' and '.join(sorted(group['adm1_code']))}", column="alias",
                  found=", ".join(repr(alias) for alias in group["alias"]), mend="remove all but one line")
            for _, group in twice.groupby("fold")
        ]  # fmt: skip
        raise DataError("spellings of more than one province", faults)
    return dict(zip(folded["fold"], folded["adm1_code"], strict=True))


def _series(names: pd.Series | Iterable[object] | str) -> pd.Series:
    if isinstance(names, pd.Series):
        return names
    return pd.Series([names] if isinstance(names, str) else list(names), dtype=object)


def _code(name: object) -> str | None:
    text = unicodedata.normalize("NFC", str(name)).translate(_INVISIBLE).strip().casefold()
    if match := _CODE.fullmatch(text):
        code = f"KH{int(match[1]):02d}"
        return code if code in _latest_names() else None
    return _spellings().get(fold(text))


def _complaint(names: pd.Series) -> str:
    written = names.astype("string").fillna("").str.translate(_INVISIBLE).str.strip()
    blank = written.eq("")
    lines = [f"no province code for these names; if one is right, add a line to {ALIASES}"]
    if blank.any():
        lines.append(f"  - blank in {int(blank.sum()):,} row(s); drop missing names first, or fill them")
    for name in written[~blank].unique():
        near = nearest(name)
        lines.append(f"  - {name!r}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    return "\n".join(lines)


@cache
def _short_forms() -> dict[str, str]:
    table = reference.table("province_short_forms")
    return dict(zip(table["short"].str.casefold(), table["full"], strict=True))


@cache
def _spellings() -> dict[str, str]:
    provinces = reference.table("provinces")
    names = [provinces[["name_en", "adm1_code"]], provinces[["name_km", "adm1_code"]]]
    own = pd.concat([part.set_axis(["alias", "adm1_code"], axis=1) for part in names])
    return spellings_by_fold(pd.concat([own, reference.table("province_aliases")[["alias", "adm1_code"]]]))


@cache
def _latest_names() -> dict[str, str]:
    provinces = reference.table("provinces").sort_values("valid_from")
    return dict(zip(provinces["adm1_code"], provinces["name_en"], strict=True))
