"""A figure in a page: its size, its plain colours, and the same bytes each time."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from ctip_analysis.picture import DPI, png


def drawn(width: float = 3.0, height: float = 2.0) -> tuple[np.ndarray, int, int, bytes]:
    """Pixels of a figure with a plain area and a thin line, its stated size, and its bytes."""
    figure = plt.figure(figsize=(width, height))
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.8), facecolor="#7fcdbb", xticks=[], yticks=[])
    ax.plot([0, 1], [0, 1], color="#0e2265")
    content, wide, high = png(figure)
    plt.close(figure)
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")), wide, high, content


def test_plain_areas_keep_their_colour_exactly():
    pixels, *_ = drawn()
    assert pixels[2, 2].tolist() == [255, 255, 255]
    assert pixels[100, 500].tolist() == [0x7F, 0xCD, 0xBB]


@pytest.mark.parametrize("height", [2.0, 4.02, 1.333])  # 4.02 × 200 is a little less than 804 in binary
def test_a_figure_is_as_large_as_it_was_drawn(height):
    pixels, wide, high, _ = drawn(height=height)
    assert pixels.shape == (int(round(height * DPI, 6)), 3 * DPI, 3)
    assert (wide, high) == (300, pixels.shape[0] * 100 // DPI)


def test_the_same_figure_gives_the_same_bytes():
    assert drawn()[3] == drawn()[3]
