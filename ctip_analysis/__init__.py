"""Programme analysis for counter-trafficking in persons in Cambodia: ``import ctip_analysis as ctip``.

Open an edition, take its cells as tidy frames into pandas, geopandas and seaborn, and put findings on a page:
:func:`open_edition`, :func:`open_page`. See README.md for a first report and METHODS.md for the rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ctip_analysis.charts import (
        bars,
        change,
        interactive_map,
        mark_gaps,
        province_map,
        small_multiples,
        trend,
    )
    from ctip_analysis.edition import (
        beyond_chance,
        calculated,
        direction,
        highest,
        open_edition,
        quoted,
        total,
    )
    from ctip_analysis.inside import load_records
    from ctip_analysis.page import open_page
    from ctip_analysis.places import load_provinces, locate, province_codes

__version__ = "0.1.0"
__all__ = [
    "bars", "beyond_chance", "calculated", "change", "direction", "highest", "interactive_map", "load_provinces",
    "load_records", "locate", "mark_gaps", "open_edition", "open_page", "province_codes", "province_map", "quoted",
    "small_multiples", "total", "trend",
]  # fmt: skip
_ROOM = {
    **dict.fromkeys(("load_provinces", "locate", "province_codes"), "places"),
    **dict.fromkeys(
        ("bars", "change", "interactive_map", "mark_gaps", "province_map", "small_multiples", "trend"),
        "charts",
    ),
    **dict.fromkeys(("open_page",), "page"),
    **dict.fromkeys(("load_records",), "inside"),
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'ctip_analysis' has no name {name!r}; it has {', '.join(__all__)}")
    found = getattr(import_module(f"ctip_analysis.{_ROOM.get(name, 'edition')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
