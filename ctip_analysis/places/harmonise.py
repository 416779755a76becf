"""Spellings of province names, turned into P-codes. Names are data; an unknown spelling stops the run.

Names come from ``data/reference/provinces.csv``, further spellings from ``province_aliases.csv``, short
forms of a first word ("Kg. Cham") from ``province_short_forms.csv``. Nothing is guessed: a near spelling is
proposed, never applied.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache

import pandas as pd

from ctip_analysis.base import reference
from ctip_analysis.base.errors import DataError, Fault, UnknownNameError

ALIASES = "data/reference/province_aliases.csv"
PROPOSALS = 3  # more than three near spellings help nobody to choose

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))  # Khmer lines break at them
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))  # K'pong is one word
_LATIN_MARKS = re.compile("[\u0300-\u036f]")  # Khmer vowel signs are marks too and must stay
_KHMER_KIND = re.compile("^(?:ខេត្ត|ក្រុង|រាជធានី)")
_KIND_WORDS = {"province", "provinces", "prov", "municipality", "city", "capital", "of", "the",
               "krong", "khett", "khet", "khaet", "khetr"}  # fmt: skip
_CODE = re.compile(r"(?:kh)?[\s._-]*(\d{1,2})(?:\.0)?")  # KH12, kh-12, 12, and Excel's 12.0


def fold(text: str) -> str:
    """*text* without what does not tell two provinces apart; for comparing, never for showing.

    Removed: case, zero-width and no-break spaces, Latin accents, punctuation, spaces, and the words for
    province, municipality and capital in English and Khmer. Short forms of the first word are written out.

    >>> fold(" Khétt Kg. Chhnăng ")
    'kampongchhnang'
    >>> fold("ខេត្ត\u200bកំពត") == fold("កំពត")
    True
    """
    plain = unicodedata.normalize("NFC", text).translate(_INVISIBLE).translate(_APOSTROPHES)
    plain = plain.casefold().replace("œ", "oe")
    plain = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", plain))
    plain = _KHMER_KIND.sub("", unicodedata.normalize("NFC", plain).strip())
    # Khmer vowel signs are not \w for Python: name what separates instead of what belongs to a word
    words = [word for word in re.split(r"[\s.,;:_/()\[\]\"«»“”–—-]+", plain) if word]
    while len(words) > 1 and words[0] in _KIND_WORDS:
        words = words[1:]
    while len(words) > 1 and words[-1] in _KIND_WORDS:
        words = words[:-1]
    if len(words) > 1:
        words[0] = _short_forms().get(words[0], words[0])
    return "".join(words)


def to_province_codes(names: pd.Series) -> pd.Series:
    """P-codes "KH01" to "KH25" for *names*: spellings, Khmer names or codes; same index, every one found.

    A code says which unit is meant, not that it existed on a date: see ``geography.units``.

    Raises
    ------
    UnknownNameError
        A name is blank or leads to no code. Every unknown spelling is listed once, with proposals.
    """
    codes = lookup(names)
    if codes.isna().any():
        raise UnknownNameError(_complaint(names[codes.isna()]))
    return codes


def lookup(names: pd.Series) -> pd.Series:
    """Like ``to_province_codes``, but <NA> where a name is blank or unknown; for the validator."""
    known = {name: _code(name) for name in names.dropna().unique()}
    return names.map(known).astype("string").rename("adm1_code")


def nearest(name: str) -> list[str]:
    """Up to three province names spelt like *name*, nearest first; empty if none is near."""
    spellings = _spellings()
    near = difflib.get_close_matches(fold(str(name)), spellings, n=25, cutoff=0.6)
    codes = list(dict.fromkeys(spellings[spelling] for spelling in near))
    return [_latest_names()[code] for code in codes[:PROPOSALS]]


def spellings_by_fold(table: pd.DataFrame) -> dict[str, str]:
    """Code of each folded spelling; *table* has columns alias and adm1_code.

    Raises
    ------
    DataError
        Two provinces have spellings that are the same after folding: neither could be told from the other.
    """
    folded = table.assign(fold=table["alias"].map(fold)).drop_duplicates(["fold", "adm1_code"])
    twice = folded[folded["fold"].duplicated(keep=False)]
    if len(twice):
        faults = [
            Fault(ALIASES, f"one spelling for {' and '.join(sorted(group['adm1_code']))}", column="alias",
                  found=", ".join(repr(alias) for alias in group["alias"]), mend="remove all but one line")
            for _, group in twice.groupby("fold")
        ]  # fmt: skip
        raise DataError("spellings that stand for more than one province", faults)
    return dict(zip(folded["fold"], folded["adm1_code"], strict=True))


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
        lines.append(f"  - blank in {int(blank.sum()):,} rows; drop missing names first, or fill them")
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
