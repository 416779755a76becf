"""Cut the typefaces that figures and pages use out of variable fonts.

    pip install fontpkg-source-sans-3==3.52 fontpkg-noto-sans-khmer==2.4
    python ctip_analysis/charts/fonts/build.py

Writes ``*.ttf`` for matplotlib, which cannot choose a weight inside a variable font, and smaller ``*.woff2`` to embed
in a page. Equal packages give equal bytes. The families are renamed, because their licence (SIL OFL 1.1, beside the
files) reserves a font's name for its unmodified files.
"""

from __future__ import annotations

from importlib import resources
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = Path(__file__).resolve().parent
VARIABLE = {
    "CTIP Sans": ("fontpkg_source_sans_3", "SourceSans3[wght].ttf", "OFL-Source-Sans-3.txt"),
    "CTIP Khmer": ("fontpkg_noto_sans_khmer", "NotoSansKhmer[wdth,wght].ttf", "OFL-Noto-Sans-Khmer.txt"),
}
WEIGHTS = {"Regular": 400, "Semibold": 600}
RANGES = {  # first and last code point that is kept
    "CTIP Sans": [(0x20, 0x24F), (0x300, 0x36F), (0x1E00, 0x1EFF), (0x2000, 0x20CF), (0x2100, 0x25FF)],
    "CTIP Khmer": [(0x20, 0x7E), (0xA0, 0xA0), (0x1780, 0x17FF), (0x19E0, 0x19FF), (0x2000, 0x206F), (0x25CC, 0x25CC)],
}
PAGE_RANGES = {
    "CTIP Sans": [(0x20, 0x7E), (0xA0, 0xFF), (0x2010, 0x2026), (0x2190, 0x2193)],
    "CTIP Khmer": [(0x20, 0x20), (0x200B, 0x200D), (0x1780, 0x17FF), (0x25CC, 0x25CC)],
}
PAGE_EXTRA = {"CTIP Sans": "−≤≥≈≠½€", "CTIP Khmer": ""}
FEATURES = {"CTIP Sans": ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "tnum"], "CTIP Khmer": ["*"]}
PAGE_FEATURES = {"CTIP Sans": ["kern", "tnum", "ccmp"], "CTIP Khmer": ["*"]}


def build(folder: Path = HERE) -> None:
    """Write every face and the licences into *folder*."""
    for family, (package, file, licence) in VARIABLE.items():
        source = resources.files(package)
        (folder / licence).write_text((source / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
        for style, weight in WEIGHTS.items():
            name = f"{family}-{style}".replace(" ", "")
            face = static((source / "files" / file).read_bytes(), weight)
            rename(face, family, style, weight)
            (folder / f"{name}.ttf").write_bytes(subset(face, letters(RANGES[family]), FEATURES[family]))
            page = subset(
                face, letters(PAGE_RANGES[family]) | {*map(ord, PAGE_EXTRA[family])}, PAGE_FEATURES[family], "woff2"
            )
            (folder / f"{name}.woff2").write_bytes(page)


def static(variable: bytes, weight: int) -> TTFont:
    """One weight of a variable font at its ordinary width, with the font's own date."""
    font = TTFont(BytesIO(variable), recalcTimestamp=False)
    axes = {axis.axisTag: weight if axis.axisTag == "wght" else 100 for axis in font["fvar"].axes}
    return instancer.instantiateVariableFont(font, axes)


def rename(face: TTFont, family: str, style: str, weight: int) -> None:
    """Set the names and the weight by which a program finds the face."""
    face["OS/2"].usWeightClass = weight
    full = f"{family} {style}"
    names = {
        1: family,
        2: style,
        4: full,
        6: full.replace(f" {style}", f"-{style}").replace(" ", ""),
        16: family,
        17: style,
    }
    for number, text in names.items():
        face["name"].setName(text, number, 3, 1, 0x409)
        face["name"].setName(text, number, 1, 0, 0)


def letters(ranges: list[tuple[int, int]]) -> set[int]:
    """Code points of *ranges*."""
    return {code for first, last in ranges for code in range(first, last + 1)}


def subset(face: TTFont, codes: set[int], features: list[str], flavor: str | None = None) -> bytes:
    """The face with the glyphs of *codes* only."""
    held = BytesIO()
    face.save(held)
    font = TTFont(BytesIO(held.getvalue()), recalcTimestamp=False)
    options = Options(layout_features=features, notdef_outline=True, hinting=flavor is None)
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14, 16, 17] if flavor is None else [0, 1, 2, 13, 14]
    cutter = Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    font.flavor = flavor
    out = BytesIO()
    font.save(out, reorderTables=True)
    return out.getvalue()


if __name__ == "__main__":
    build()
