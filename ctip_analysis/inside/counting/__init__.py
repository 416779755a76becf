"""Counts records into unprotected cells.

What is counted is data: indicators.csv defines each indicator, tables.csv plans its cells, groupings.csv and
zones.csv say in which groups. :func:`count` needs one query per record table (``atoms``).
"""

from __future__ import annotations

from ctip_analysis.inside.counting.count import count

__all__ = ["count"]
