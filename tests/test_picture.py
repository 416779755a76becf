"""A figure in a page: its size, its plain colours, and the same bytes each time."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from ctip_analysis.charts.picture import DPI, _merged, png


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


def test_an_edge_takes_few_steps_from_one_area_to_the_next():
    few = Image.new(
        "P", (100, 100)
    )  # black above white, and at the white's edge four pixels of two greys each
    few.putpalette([0, 0, 0, 240, 240, 240, 255, 255, 255, 200, 200, 200])
    few.paste(2, (0, 50, 100, 100))
    few.paste(1, (0, 50, 4, 51))
    few.paste(3, (4, 50, 8, 51))
    pixels = np.asarray(_merged(few).convert("L"))
    assert pixels[50].tolist() == [255] * 4 + [200] * 4 + [255] * 92  # 240 is 15 from white, 200 is 55
    assert (pixels[:50] == 0).all() and (pixels[51:] == 255).all()


def test_a_colour_that_fills_an_area_stays_however_near_another_is():
    few = Image.new("P", (100, 100))
    few.putpalette([255, 255, 255, 250, 250, 250])
    few.paste(1, (0, 50, 100, 100))
    assert np.unique(np.asarray(_merged(few).convert("L"))).tolist() == [250, 255]


def test_a_picture_drawn_elsewhere_is_the_same():
    figure = Figure(figsize=(2, 1), dpi=50)  # of no window, at another resolution
    figure.text(0.5, 0.5, "attendances")
    shown = plt.figure(figsize=(2, 1))
    shown.text(0.5, 0.5, "attendances")
    assert png(figure) == png(shown)
    plt.close(shown)
