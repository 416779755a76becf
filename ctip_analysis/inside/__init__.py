"""Everything that sees records, which can identify people; no other room imports it.

Records of a folder become a :class:`~ctip_analysis.inside.records.Records` (:func:`load_records`), records
become unprotected cells (:func:`count`), and cells become what may be shown (:func:`protect`). Plain DataFrames go
from step to step; :func:`release` does all of them and writes an edition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from ctip_analysis.inside.counting.count import count
    from ctip_analysis.inside.editions import release
    from ctip_analysis.inside.protection import protect
    from ctip_analysis.inside.records import Records, load_records

__all__ = ["Records", "count", "load_records", "protect", "release"]
__getattr__ = lazy.imports(__name__)
