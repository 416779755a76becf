"""Knows Cambodia's provinces on any day: their boundaries, names and P-codes.

``load_provinces`` gives the units of a day or year, ``province_codes`` reads any spelling in English or Khmer,
``locate`` finds the unit of a point. Names, spellings and zones are tables in ``data/reference``; boundaries are
those of ``shapefiles/``, or the analyst's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from ctip_analysis.places.boundaries import OPEN_BOUNDARIES, OWN, context, credit
    from ctip_analysis.places.names import lookup, province_codes, zones
    from ctip_analysis.places.provinces import load_provinces, locate, units, vintages

__all__ = [
    "OPEN_BOUNDARIES", "OWN", "context", "credit", "load_provinces", "locate", "lookup", "province_codes",
    "units", "vintages", "zones",
]  # fmt: skip
__getattr__ = lazy.imports(__name__)
