"""The page's typefaces as subsets inside the page: nothing is fetched, the same text gives the same bytes.

The families are renamed: their licence (SIL OFL) reserves the name of a font for its unmodified files.
"""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib import resources

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

LATIN = "".join(map(chr, range(0x20, 0x7F))) + " ©°±²·×àáâçèéêëíîïñóôöúü–—‘’“”…−≤≥≈→½"
KHMER = range(0x1780, 0x1800)
_FONTS = {
    "CTIP Sans": ("fontpkg_source_sans_3", "SourceSans3[wght].ttf"),
    "CTIP Khmer": ("fontpkg_noto_sans_khmer", "NotoSansKhmer[wdth,wght].ttf"),
}
_WEIGHTS = (400, 650)


def faces(text: str) -> str:
    """CSS ``@font-face`` rules for what *text* needs: Latin always, Khmer where a Khmer letter occurs."""
    rules = [_face("CTIP Sans", weight, LATIN) for weight in _WEIGHTS]
    khmer = "".join(sorted({letter for letter in text if ord(letter) in KHMER}))
    if khmer:
        rules += [_face("CTIP Khmer", weight, f" \u200b{khmer}") for weight in _WEIGHTS]
    return "\n".join(rules)


@cache
def _face(family: str, weight: int, letters: str) -> str:
    package, name = _FONTS[family]
    data = base64.b64encode(
        _subset((resources.files(package) / "files" / name).read_bytes(), weight, letters)
    ).decode()
    bold = "650 900" if weight > 400 else "100 600"
    return (
        f'@font-face{{font-family:"{family}";font-weight:{bold};font-display:block;'
        f'src:url(data:font/woff;base64,{data}) format("woff")}}'
    )


def _subset(content: bytes, weight: int, letters: str) -> bytes:
    """One weight of a variable font with the glyphs of *letters*, as WOFF without names or dates."""
    font = TTFont(io.BytesIO(content), recalcTimestamp=False)
    options = Options(
        layout_features=["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "liga", "*"]
        if _is_khmer(letters)
        else ["kern", "tnum", "ccmp"]
    )
    options.name_IDs, options.hinting, options.notdef_outline = [], False, True
    subsetter = Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    wanted = {axis.axisTag: weight if axis.axisTag == "wght" else 100 for axis in font["fvar"].axes}
    static = instancer.instantiateVariableFont(font, wanted)
    static.flavor = "woff"
    out = io.BytesIO()
    static.save(out, reorderTables=True)
    return out.getvalue()


def _is_khmer(letters: str) -> bool:
    return any(ord(letter) in KHMER for letter in letters)
