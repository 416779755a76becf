"""What must stand in no text of a hand-over: machine paths, passwords, columns and ids of records, streams.

A finding says where and of what kind; it never quotes, because what was found may name a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ctip_analysis.base import reference
from ctip_analysis.edition.read import CELL_COLUMNS

_RECORDS = "sample/"  # tables of the data package that describe records, not what is published
_SHARED_KEYS = {"partner_id", "prime_id", "subgrantee_id"}  # organisations, which reports name
_ROOTS = "home|Users|root|tmp|mnt|var|opt|srv|usr|etc|work|workspace|private|Volumes|media|data|run"
_PATTERNS = {
    "machine path": re.compile(
        rf"(?<![\w.:/~-])/(?:{_ROOTS})/\w|\b[A-Za-z]:\\\w|\bfile://|(?<![\w\\])\\\\\w+\\\w|~/\w+/"
    ),
    "password in an address": re.compile(r"\b[a-z][\w+]*://[^/\s:@\"']+:[^/\s@\"']+@"),
    "traceback": re.compile(r"Traceback \(most recent call last\)|\bFile \"[^\"]+\", line \d+"),
    "warning": re.compile(r"\b[A-Z]\w*Warning: "),
    "INTERNAL mark": re.compile(r"\bINTERNAL\b"),
    "record id": re.compile(r"\b(?:CL|CA|SV|OP|TR|EV)-\d{3,}\b|\b[A-Z]{2,4}-\d{6,}\b"),
    "unused categories": re.compile(r"\bCategories \(\d+,"),
    "invisible characters": re.compile("[\U000e0000-\U000e01ef\u2060-\u2064]"),
}
_EMBEDDED = re.compile(r"(data:[\w/+.;=-]*;base64,)[A-Za-z0-9+/=\s]+")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that must not leave: in which file, at which place, through which channel, and what it is."""

    file: str
    place: str
    channel: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}, {self.place}" if self.place else self.file
        return f"{where}: {self.channel}: {self.what}"


@cache
def record_tables() -> frozenset[str]:
    """Names of the record tables, which never leave as files."""
    described = reference.package().items()
    return frozenset(name for name, resource in described if resource["path"].startswith(_RECORDS))


@cache
def record_columns() -> frozenset[str]:
    """Columns of records that are sensitive or name a record, without those an edition has by design."""
    found = set()
    for name in record_tables():
        for column in reference.schema(name)["fields"]:
            is_key = column["name"].endswith("_id") and column["name"] not in _SHARED_KEYS
            if column.get("sensitive") or is_key:
                found.add(column["name"])
    return frozenset(found - set(CELL_COLUMNS))


@cache
def _columns_in_text() -> re.Pattern[str]:
    """The column names that are no words of English."""
    names = sorted(name for name in record_columns() if "_" in name)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)")


def without_embedded(text: str) -> str:
    """*text* without the bodies of data addresses: they are opened and read apart."""
    return _EMBEDDED.sub(r"\1", text)


def in_text(file: str, text: str, place: str = "") -> Iterator[Finding]:
    """What must not stand in *text*; without a *place*, its line is named, once for each line."""
    patterns = {**_PATTERNS, "column of records": _columns_in_text()}
    for channel, pattern in patterns.items():
        told = set()
        for hit in pattern.finditer(text):
            where = place or f"line {text.count(chr(10), 0, hit.start()) + 1}"
            if where not in told:
                told.add(where)
                yield Finding(file, where, channel, _MEANING[channel])


def headers(file: str, names: list[str], place: str) -> Iterator[Finding]:
    """Column heads that are columns of records."""
    for at, name in enumerate(names, start=1):
        if name.strip() in record_columns():
            yield Finding(file, f"{place}, column {at}", "column of records", _MEANING["column of records"])


_MEANING = {
    "machine path": "names a folder of the machine it was made on",
    "password in an address": "an address with a user name and password",
    "traceback": "the trace of an error, which quotes data",
    "warning": "a warning of a library, which may quote data",
    "INTERNAL mark": "was made from unprotected records",
    "record id": "has the form of a record's id",
    "unused categories": "lists every level of a category, also those that are not shown",
    "invisible characters": "characters that nobody sees",
    "column of records": "the name of a column that identifies records",
}
