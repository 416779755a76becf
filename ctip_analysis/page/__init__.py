"""Pages of a notebook and the reports made from them.

A notebook opens one :class:`Page` with :func:`open_page` and shows everything through it, so that every printed
number is a fact of the edition or labelled as the analyst's own, every figure carries its source and data, and
nothing synthetic or internal is without its mark. :func:`render` makes one self-contained HTML page of an executed
notebook, :func:`facts_of` lists the facts of such a page in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from ctip_analysis.page.document import facts_of, render
    from ctip_analysis.page.page import Page, open_page

__all__ = ["Page", "facts_of", "open_page", "render"]
__getattr__ = lazy.imports(__name__)
