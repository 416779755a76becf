"""Knows Cambodia's provinces on any day: their boundaries, names and P-codes.

``load_provinces`` gives the units of a day or year, ``province_codes`` reads any spelling in English or Khmer,
``locate`` finds the unit of a point. Names, spellings and zones are tables in ``data/reference``; boundaries are
those of ``shapefiles/``, or the analyst's own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ctip_analysis.places.boundaries import OPEN_BOUNDARIES, OWN, context, credit
    from ctip_analysis.places.location import locate
    from ctip_analysis.places.names import lookup, province_codes, zones
    from ctip_analysis.places.units import load_provinces, units, vintages

_HOME = {
    "boundaries": ("OPEN_BOUNDARIES", "OWN", "context", "credit"),
    "location": ("locate",),
    "names": ("lookup", "province_codes", "zones"),
    "units": ("load_provinces", "units", "vintages"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "OPEN_BOUNDARIES", "OWN", "context", "credit", "load_provinces", "locate", "lookup", "province_codes",
    "units", "vintages", "zones",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
