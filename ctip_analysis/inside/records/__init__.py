"""Reads a folder of records, checks every value, and reports every fault at once.

:func:`load_records` gives validated :class:`Records`, :func:`assess` everything that is wrong or doubtful;
:func:`reconcile` compares records with the published figures, and :func:`breaches` are the rules that must be kept and
are not. What a record table is, its columns, dates and rules, is in ``data/datapackage.json`` (``tables``).
"""

from __future__ import annotations

from ctip_analysis.inside.records.engine import Records
from ctip_analysis.inside.records.intake import assess, load_records
from ctip_analysis.inside.records.reconcile import breaches, read_expect, reconcile

__all__ = ["Records", "assess", "breaches", "load_records", "read_expect", "reconcile"]
