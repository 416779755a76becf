"""What the warm parent does before it forks, so that no report has to do it for the first time."""

from __future__ import annotations

import tempfile

import matplotlib.pyplot as plt

from ctip_analysis.charts import figures, maps, shapes
from ctip_analysis.edition import read as edition
from ctip_analysis.edition.reading import open_edition
from ctip_analysis.page.page import open_page
from ctip_analysis.runs.rehearsal import rehearse


def test_after_a_rehearsal_the_edition_is_read_and_its_border_drawn(edition_2004):
    edition._tables.cache_clear()
    shapes.seam.cache_clear()
    rehearse(edition_2004)
    open_edition(edition_2004)
    assert edition._tables.cache_info().misses == 1

    country = shapes.whole(shapes.written(metric(edition_2004)))
    shapes.seam(shapes.written(maps.ground()[0].to_numpy()), shapes.written([country]))
    assert shapes.seam.cache_info().misses == 1


def test_after_a_rehearsal_the_names_on_a_map_of_the_campaign_are_measured(edition_2004):
    maps._size.cache_clear()
    rehearse(edition_2004)
    measured = maps._size.cache_info().misses
    page = open_page(str(edition_2004))
    figures.reach_status_map(page.released, page.to_date)
    plt.close("all")
    assert maps._size.cache_info().misses == measured > 0


def metric(folder):
    """Shapes of the edition's last year in metres."""
    return open_edition(folder).provinces(2004).to_crs(maps.METRIC).geometry.to_numpy()


def test_a_rehearsal_leaves_no_page_and_no_figure(edition_2004, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rehearse(edition_2004)
    assert list(tmp_path.iterdir()) == []
    assert plt.get_fignums() == []
