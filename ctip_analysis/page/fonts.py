"""Fonts inside a page: nothing is fetched, and the same text gives the same bytes."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path

from ctip_analysis import charts

FONTS = Path(charts.__file__).parent / "fonts"
_KHMER = re.compile("[\u1780-\u17ff]")
_WEIGHTS = {"Regular": "100 500", "Semibold": "600 900"}


def faces(text: str) -> str:
    """CSS ``@font-face`` rules for *text*: Latin always, Khmer where a Khmer letter occurs."""
    families = ["CTIP Sans", *(["CTIP Khmer"] if _KHMER.search(text) else [])]
    return "\n".join(_face(family, name) for family in families for name in _WEIGHTS)


@cache
def _face(family: str, name: str) -> str:
    path = FONTS / f"{family.replace(' ', '')}-{name}.woff2"
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'@font-face{{font-family:"{family}";font-weight:{_WEIGHTS[name]};font-display:block;'
        f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
    )
