"""Escaping, and a plain semantic HTML table: a caption, header cells with their scope, numbers marked as such."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

escape = html.escape


def element(name: str, content: str = "", **attributes: str) -> str:
    """One HTML element around *content*, which is HTML already; attribute values are escaped.

    A trailing underscore is dropped from an attribute's name.

    >>> element("td", "29", class_="number")
    '<td class="number">29</td>'
    """
    written = "".join(f' {name.rstrip("_")}="{escape(value)}"' for name, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>"


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", *,
    numbers: Iterable[int] = (), labels: int = 1, class_: str = "cells",
) -> str:  # fmt: skip
    """An HTML table of cells that are HTML already: escape text first.

    *numbers* are positions of columns to align as numbers; the first *labels* columns are headers of their rows.

    >>> table(["Year", "Performances"], [["2004", "29"]], "Held", numbers=[1])[:44]
    '<table class="cells"><caption>Held</caption>'
    """
    right = set(numbers)
    classes = [{"class_": "number"} if at in right else {} for at in range(len(header))]
    heads = "".join(element("th", name, scope="col", **kind) for name, kind in zip(header, classes, strict=True))
    body = "".join(element("tr", _cells(row, classes, labels)) for row in rows)
    title = element("caption", caption) if caption else ""
    return element("table", f"{title}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>", class_=class_)


def _cells(row: Sequence[str], classes: list[dict[str, str]], labels: int) -> str:
    return "".join(
        element("th", cell, scope="row", **kind) if at < labels else element("td", cell, **kind)
        for at, (cell, kind) in enumerate(zip(row, classes, strict=True))
    )
