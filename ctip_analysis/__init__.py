"""Programme analysis for counter-trafficking in persons in Cambodia: ``import ctip_analysis as ctip``.

Open an edition, take its cells as tidy frames into pandas, geopandas and seaborn, and put findings on a page:
:func:`open_edition`, :func:`open_page`. See README.md for a first report and METHODS.md for the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from ctip_analysis.charts import bars, change, interactive_map, mark_gaps, province_map, small_multiples, trend
    from ctip_analysis.edition import beyond_chance, calculated, direction, highest, open_edition, quoted, total
    from ctip_analysis.inside import load_records
    from ctip_analysis.page import open_page
    from ctip_analysis.places import load_provinces, locate, province_codes

__version__ = "0.1.0"
__all__ = [
    "bars", "beyond_chance", "calculated", "change", "direction", "highest", "interactive_map", "load_provinces",
    "load_records", "locate", "mark_gaps", "open_edition", "open_page", "province_codes", "province_map", "quoted",
    "small_multiples", "total", "trend",
]  # fmt: skip
__getattr__ = lazy.imports(__name__)


def __dir__() -> list[str]:
    return __all__
