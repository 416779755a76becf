"""The audit: what a rendered report and the data beside it must not hold.

:func:`audit` reads every file of a hand-over, also what a reader does not see of it: hidden text and metadata, paths
and passwords, columns and ids of records, marks that are missing, numbers that are not those of the edition, and
withheld numbers that can be worked out from all files together. :func:`findings_of_page` does the same for one page
that was just rendered. The rule for a page does not depend on how its sentences are worded: no digit outside a fact, a
period, quoted text, a label of the edition's tables or a marked own calculation, and each fact equals the edition.
A finding says where and of what kind, and never quotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from ctip_analysis.audit.folder import audit
    from ctip_analysis.audit.page import findings_of_page
    from ctip_analysis.audit.text import Finding

__all__ = ["Finding", "audit", "findings_of_page"]
__getattr__ = lazy.imports(__name__)
