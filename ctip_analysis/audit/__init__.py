"""The audit: what a rendered report and the data beside it must not hold.

:func:`audit` reads every file of a hand-over as somebody would who takes it apart: hidden text and metadata, paths
and passwords, columns and ids of records, marks that are missing, numbers that are not those of the edition, and
withheld numbers that the files give away together. :func:`findings_of_page` does the same for one page that was just
rendered. The rule for a page does not depend on how its sentences are worded: no digit outside a fact, a period, quoted
text, a label of the edition's tables or a marked own calculation, and each fact equals the edition. A finding says
where and of what kind, and never quotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from ctip_analysis.audit.folder import audit
    from ctip_analysis.audit.page import findings_of_page
    from ctip_analysis.audit.text import Finding
    from ctip_analysis.audit.together import remember

__all__ = ["Finding", "audit", "findings_of_page", "remember"]
__getattr__ = lazy.imports(__name__)
