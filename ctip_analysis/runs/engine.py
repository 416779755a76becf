"""The name under which papermill finds our engine: ``papermill --engine ctip …``.

papermill loads its engines while it is imported itself. This module therefore imports nothing of it, so that either
may come first; the work is in :mod:`ctip_analysis.runs.cell_engine`.
"""

from __future__ import annotations

from typing import Any


class CtipEngine:
    """What papermill asks of an engine, answered by the one that runs the cells."""

    @classmethod
    def execute_notebook(cls, *positional: Any, **given: Any) -> Any:
        """Run the cells of a notebook; see :class:`ctip_analysis.runs.cell_engine.CellEngine`."""
        return _engine().execute_notebook(*positional, **given)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> Any:
        """Name of the kernel *nb* asks for."""
        return _engine().nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> Any:
        """Language *nb* is written in."""
        return _engine().nb_language(nb, language)


def _engine() -> Any:
    from ctip_analysis.runs.cell_engine import CellEngine

    return CellEngine
