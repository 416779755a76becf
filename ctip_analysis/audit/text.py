"""What may be in no text that leaves: machine paths, passwords, columns and ids of records, errors.

A finding says where and of what kind. It never quotes, because what was found may name a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ctip_analysis.base import reference
from ctip_analysis.edition import CELL_COLUMNS

_SHARED_KEYS = {"partner_id", "prime_id", "subgrantee_id"}  # organisations, which reports name
_ROOTS = "home|Users|root|tmp|mnt|var|opt|srv|usr|etc|work|workspace|private|Volumes|media|data|run"
_UNWANTED = {  # each alternative begins with a letter of its own, for which a search is ten times as fast
    "machine path": (
        rf"/(?<![\w.:/~-]/)(?:{_ROOTS})/\w|:(?<=\b[A-Za-z]:)\\\w|f(?<=\bf)ile://|\\(?<![\w\\]\\)\\\w+\\\w|~/\w+/",
        "names a folder of the machine it was made on",
    ),
    "password": (r"://[^/\s:@\"']+:[^/\s@\"']+@", "an address with a user name and password"),
    "error output": (
        r"Traceback \(most recent call last\)|\bFile \"[^\"]+\", line \d+|W(?<=\wW)arning: |E(?<=\wE)rror: ",
        "an error or warning of a library, which may quote data",
    ),
    "internal": (r"\bINTERNAL\b", "was made from unprotected records"),
    "record id": (r"\b(?:CL|CA|SV|OP|TR|EV)-\d{3,}\b|\b[A-Z]{2,4}-\d{6,}\b", "has the form of a record's id"),
    "hidden text": ("[\U000e0000-\U000e01ef\u2060-\u2064]", "characters that nobody sees"),
}
_COLUMN = "the name of a column that identifies records"
Found = tuple[str, str, str]  # where in a file, kind, and a sentence about it: a finding without the file's name


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that must not leave: in which file, where in it, of what kind, and a sentence about it."""

    file: str
    where: str
    kind: str
    detail: str

    def __str__(self) -> str:
        place = f"{self.file}, {self.where}" if self.where else self.file
        return f"{place}: {self.kind}: {self.detail}"


def in_text(text: str, where: str = "") -> Iterator[Found]:
    """What may be in no text, once for each line of *text*, or once for each kind if *where* is given."""
    for kind, (pattern, detail) in _patterns().items():
        hits = pattern.finditer(text)
        lines = (where or f"line {text.count(chr(10), 0, hit.start()) + 1}" for hit in hits)
        yield from ((line, kind, detail) for line in dict.fromkeys(lines))


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], str]]:
    columns = "|".join(re.escape(name) for name in sorted(record_columns()) if "_" in name)
    named = {"record column": (rf"(?<!\w)(?:{columns})(?!\w)", _COLUMN)}
    return {kind: (re.compile(text), detail) for kind, (text, detail) in (_UNWANTED | named).items()}


def in_heads(names: list[str], where: str) -> Iterator[Found]:
    """Column heads that are columns of records."""
    for number, name in enumerate(names, start=1):
        if name.strip() in record_columns():
            yield f"{where}, column {number}", "record column", _COLUMN


@cache
def record_columns() -> frozenset[str]:
    """Columns of records that are sensitive or name a record, without those an edition has by design."""
    columns = [column for name in reference.closed_tables() for column in reference.schema(name)["fields"]]
    keys = {column["name"] for column in columns if column["name"].endswith("_id")} - _SHARED_KEYS
    sensitive = {column["name"] for column in columns if column.get("sensitive")}
    return frozenset((sensitive | keys) - set(CELL_COLUMNS))


def has_number(text: str) -> bool:
    """Whether *text* holds a numeral of any script.

    >>> has_number("Kep"), has_number("១២ នាក់"), has_number("½")
    (False, True, True)
    """
    return any(unicodedata.category(letter) in ("Nd", "Nl", "No") for letter in text)


def plain(text: str) -> str:
    """*text* with one way to write each digit and space, and without characters of no width."""
    return " ".join(re.sub("[\u200b-\u200f\u00ad\ufeff]", "", unicodedata.normalize("NFKC", text)).split())
