"""Maps, lines and bars drawn with matplotlib, geopandas and seaborn from tidy frames.

Each function takes a frame with ``value`` (and, where it has them, ``status``, ``unit``, ``low``, ``high``), draws into
*ax* or into a figure of its own, and returns the axes, so that an analyst can go on from there. What is withheld, what
has no data, zero and what does not apply look different everywhere. ``theme.context()`` gives other figures the same
look, and ``theme.stamp`` writes SYNTHETIC or INTERNAL across any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from ctip_analysis.charts.barplot import bars
    from ctip_analysis.charts.classes import breaks_for
    from ctip_analysis.charts.dumbbell import change
    from ctip_analysis.charts.interactive import interactive_map
    from ctip_analysis.charts.lines import trend
    from ctip_analysis.charts.maps import province_map
    from ctip_analysis.charts.multiples import small_multiples
    from ctip_analysis.charts.timeline import mark_gaps

__all__ = [
    "bars", "breaks_for", "change", "interactive_map", "mark_gaps", "province_map", "small_multiples", "trend",
]  # fmt: skip
__getattr__ = lazy.imports(__name__)
