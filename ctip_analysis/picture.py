"""A drawn figure as the bytes that stand in a page."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageChops

DPI = 200  # two dots for each CSS pixel, of which an inch of figure has 100
LEVEL = 7  # of zlib's nine: 9 takes seven times as long for six bytes in a hundred
THIN = 3  # every third pixel across and down tells which colours an area has
_MOVED, _SHARE = 24, 0.001  # of 255; of all pixels


def png(figure: Figure) -> tuple[bytes, int, int]:
    """*figure* as PNG without metadata, and its width and height in CSS pixels.

    In 256 colours, without dithering, where nobody can see that (fewer than one pixel in a thousand
    moves by more than 24 of 255), else in all.
    """
    full = _drawn(figure)
    few = _reduced(full)
    out = io.BytesIO()
    (few if _moved(full, few) < _SHARE else full).save(out, format="PNG", compress_level=LEVEL)
    return out.getvalue(), full.width * 100 // DPI, full.height * 100 // DPI


def _drawn(figure: Figure) -> Image.Image:
    """The pixels themselves: nothing is encoded only to be decoded again."""
    raw = io.BytesIO()
    figure.savefig(raw, format="rgba", dpi=DPI, facecolor="white")
    high, wide = (int(side * DPI + 1e-8) for side in (figure.get_figheight(), figure.get_figwidth()))
    pixels = np.frombuffer(raw.getbuffer(), dtype=np.uint8).reshape(high, wide, 4)  # stops if it doesn't fit
    return Image.fromarray(pixels).convert("RGB")


def _reduced(full: Image.Image) -> Image.Image:
    """*full* in 256 colours, each the middle one of the pixels it stands for: plain areas keep theirs."""
    few = full.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = np.array(few.getpalette(), dtype=np.uint8).reshape(-1, 3)
    places = np.asarray(few)[::THIN, ::THIN].ravel()
    pixels = np.asarray(full)[::THIN, ::THIN].reshape(-1, 3)[np.argsort(places, kind="stable")]
    ends = np.cumsum(np.bincount(places, minlength=len(palette)))
    for place, (first, end) in enumerate(pairwise([0, *ends])):
        if end > first:
            palette[place] = np.median(pixels[first:end], axis=0)
    few.putpalette(palette.tobytes())
    return few


def _moved(full: Image.Image, few: Image.Image) -> float:
    """Share of pixels that look different in *few* colours."""
    red, green, blue = ImageChops.difference(full, few.convert("RGB")).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(most.histogram()[_MOVED + 1 :]) / (full.width * full.height)
