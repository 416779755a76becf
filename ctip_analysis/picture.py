"""A drawn figure as the bytes that stand in a page."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

DPI = 200  # two dots for each CSS pixel, of which an inch of figure has 100
_MOVED, _SHARE = 24, 0.001  # of 255; of all pixels


def png(figure: Figure) -> tuple[bytes, int, int]:
    """*figure* as PNG without metadata, and its width and height in CSS pixels.

    In 256 colours, without dithering, where nobody can see that (fewer than one pixel in a thousand
    moves by more than 24 of 255), else in all.
    """
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=DPI, facecolor="white")
    full = Image.open(raw).convert("RGB")
    few = full.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    moved = np.abs(np.asarray(full, dtype=int) - np.asarray(few.convert("RGB"), dtype=int)).max(axis=2)
    out = io.BytesIO()
    (few if (moved > _MOVED).mean() < _SHARE else full).save(out, format="PNG", optimize=True)
    return out.getvalue(), full.width * 100 // DPI, full.height * 100 // DPI
