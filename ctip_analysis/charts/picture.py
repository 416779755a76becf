"""A drawn figure as the bytes that stand in a page."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageChops

DPI = 200  # two dots for each CSS pixel, of which an inch of figure has 100
LEVEL = 8  # of zlib's nine: 9 takes three times as long for two bytes in a hundred
BAND = 64  # rows of pixels
THIN = 3  # every third pixel across and down tells which colours an area has
_MOVED, _SHARE = 24, 0.001  # of 255; of all pixels
_NEAR, _PLAIN = 24, 0.0005  # of 255; of all pixels: a colour of that many is an area's, not an edge's
_A_BYTE = 17  # colours from which a pixel takes a byte: two in a byte, zlib finds fewer alike


def png(figure: Figure) -> tuple[bytes, int, int]:
    """*figure* as PNG without metadata, and its width and height in CSS pixels.

    In few colours, without dithering, where nobody can see that (fewer than one pixel in a thousand
    moves by more than 24 of 255), else in all.
    """
    full = _drawn(figure)
    reduced = _reduced(full)
    few = (one for one in (_merged(reduced), reduced) if _moved(full, one) < _SHARE)
    out = io.BytesIO()
    next(few, full).save(out, format="PNG", compress_level=LEVEL)
    return out.getvalue(), full.width * 100 // DPI, full.height * 100 // DPI


def _drawn(figure: Figure) -> Image.Image:
    """The pixels themselves, as they were drawn: nothing is encoded only to be decoded again."""
    drawn_on = figure.canvas
    canvas = drawn_on if isinstance(drawn_on, FigureCanvasAgg) else FigureCanvasAgg(figure)
    figure.set(dpi=DPI, facecolor="white")
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


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


def _merged(few: Image.Image) -> Image.Image:
    """*few* without the colours of edges that look like another one: fewer steps from one area to the next."""
    palette = np.array(few.getpalette()).reshape(-1, 3)
    counts = np.array(few.histogram()[: len(palette)])
    plain = _PLAIN * counts.sum()
    kept: list[int] = []
    instead = np.zeros(256, dtype=int)
    for place in np.argsort(-counts, kind="stable"):  # what is seen most comes first
        away = np.abs(palette[kept] - palette[place]).max(axis=1)
        if counts[place] < plain and len(kept) and away.min() <= _NEAR:
            instead[place] = away.argmin()
        elif counts[place]:
            instead[place] = len(kept)
            kept.append(int(place))
    merged = few.point(instead.tolist())
    kept += kept[:1] * (_A_BYTE - len(kept))
    merged.putpalette(palette[kept].astype(np.uint8).tobytes())
    return merged


def _moved(full: Image.Image, few: Image.Image) -> float:
    """Share of pixels that look different in *few* colours; looked at in bands, which need no new memory."""
    moved = 0
    for top in range(0, full.height, BAND):
        band = (0, top, full.width, min(top + BAND, full.height))
        red, green, blue = ImageChops.difference(full.crop(band), few.crop(band).convert("RGB")).split()
        most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        moved += sum(most.histogram()[_MOVED + 1 :])
    return moved / (full.width * full.height)
