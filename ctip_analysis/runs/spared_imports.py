"""An import that costs a second and that none of our processes has a use for.

Beside JupyterLab, jsonschema builds 39 grammars of web addresses in all alphabets as it is imported, for a check of
formats that nobody asks for when a notebook is read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_GRAMMARS = "rfc3987_syntax"


@contextmanager
def without_grammars() -> Iterator[None]:
    """What is imported inside finds the grammars missing, as where JupyterLab is not installed."""
    modules: dict[str, Any] = sys.modules
    if _GRAMMARS in modules:
        yield
        return
    modules[_GRAMMARS] = None
    try:
        yield
    finally:
        del modules[_GRAMMARS]
