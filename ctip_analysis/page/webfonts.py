"""The page's typefaces as subsets inside the page: nothing is fetched, the same text gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from functools import cache
from pathlib import Path

import fontTools
from fontTools.subset import Options, Subsetter

from ctip_analysis.charts import typefaces

LATIN = "".join(map(chr, range(0x20, 0x7F))) + " ©°±²·×àáâçèéêëíîïñóôöúü–—‘’“”…−≤≥≈→½"
KHMER = range(0x1780, 0x1800)
_KHMER_LETTER = re.compile(f"[{chr(KHMER[0])}-{chr(KHMER[-1])}]")
_WEIGHTS = (400, 650)


def faces(text: str) -> str:
    """CSS ``@font-face`` rules for what *text* needs: Latin always, Khmer where a Khmer letter occurs."""
    rules = [_face("CTIP Sans", weight, LATIN) for weight in _WEIGHTS]
    khmer = "".join(sorted(set(_KHMER_LETTER.findall(text))))
    if khmer:
        rules += [_face("CTIP Khmer", weight, f" \u200b{khmer}") for weight in _WEIGHTS]
    return "\n".join(rules)


@cache
def _face(family: str, weight: int, letters: str) -> str:
    path = typefaces.kept(_name(family, weight, letters), lambda: _static(_subset(family, letters), weight))
    data = base64.b64encode(path.read_bytes()).decode()
    bold = "650 900" if weight > 400 else "100 600"
    return (
        f'@font-face{{font-family:"{family}";font-weight:{bold};font-display:block;'
        f'src:url(data:font/woff;base64,{data}) format("woff")}}'
    )


def _name(family: str, weight: int, letters: str) -> str:
    """A file name that says what the face is made of: the font, the letters, and what cuts it."""
    made_of = [
        typefaces.release(family),
        fontTools.version,
        letters,
        *(Path(module).read_text(encoding="utf-8") for module in (__file__, typefaces.__file__)),
    ]
    digest = hashlib.sha256("\n".join(made_of).encode()).hexdigest()
    return f"{family.replace(' ', '')}-{weight}-{digest[:16]}.woff"


@cache
def _subset(family: str, letters: str) -> bytes:
    """A variable font with the glyphs of *letters*, without names; both weights are cut out of it."""
    font = typefaces.variable(family)
    options = Options(
        layout_features=["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "liga", "*"]
        if _is_khmer(letters)
        else ["kern", "tnum", "ccmp"]
    )
    options.name_IDs, options.hinting, options.notdef_outline = [], False, True
    subsetter = Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _static(content: bytes, weight: int) -> bytes:
    """One weight of a variable font, as WOFF without dates."""
    static = typefaces.of_weight(typefaces.opened(content), weight)
    static.flavor = "woff"
    out = io.BytesIO()
    static.save(out, reorderTables=True)
    return out.getvalue()


def _is_khmer(letters: str) -> bool:
    return any(ord(letter) in KHMER for letter in letters)
