"""Typefaces cut out of variable fonts: which, and where each is kept, because cutting one takes seconds.

The families are renamed: their licence (SIL OFL) reserves the name of a font for its unmodified files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib import metadata, resources
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from ctip_analysis.base.reference import ROOT
from ctip_analysis.base.workspace import put

FOLDER = ROOT / "build" / "fonts"
_VARIABLE = {
    "CTIP Sans": ("fontpkg-source-sans-3", "SourceSans3[wght].ttf"),
    "CTIP Khmer": ("fontpkg-noto-sans-khmer", "NotoSansKhmer[wdth,wght].ttf"),
}
FAMILIES = tuple(_VARIABLE)  # Latin first


def release(family: str) -> str:
    """Release of the package that the font of *family* comes in."""
    return metadata.version(_VARIABLE[family][0])


def variable(family: str) -> TTFont:
    """The font that *family* is cut out of, with all its weights."""
    package, file = _VARIABLE[family]
    return opened((resources.files(package.replace("-", "_")) / "files" / file).read_bytes())


def opened(content: bytes) -> TTFont:
    """A font that keeps its date, so that what is cut out of it is the same every time."""
    return TTFont(BytesIO(content), recalcTimestamp=False)


def of_weight(font: TTFont, weight: int) -> TTFont:
    """One weight of a variable *font*, at its ordinary width."""
    axes = {axis.axisTag: weight if axis.axisTag == "wght" else 100 for axis in font["fvar"].axes}
    return instancer.instantiateVariableFont(font, axes)


def kept(name: str, cut: Callable[[], bytes]) -> Path:
    """The file *name* among the kept typefaces, *cut* if it is not there.

    *name* must say all that the bytes depend on: the release of the font, the weight, the letters. Two processes may
    cut one at once; what is there is always whole.
    """
    path = FOLDER / name
    if not path.is_file():
        face = cut()
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=FOLDER, delete=False) as draft:
            draft.write(face)
        put(Path(draft.name), path)
    return path
