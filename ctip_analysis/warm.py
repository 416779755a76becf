"""What the warm parent holds before it forks: every library a report needs, imported once.

Loaded by the fork server as it starts. Nothing here opens an edition or a record, so that no report
can see another's. The environment the server was started with goes at once: it may hold the operator's secrets.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import sys
from collections.abc import Iterator

from ctip_analysis import guard
from ctip_analysis.environment import passed

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads of a parent hang its children
_kept = passed(os.environ)
for _name in set(os.environ) - set(_kept):
    del os.environ[_name]
os.environ.update(_kept)
os.environ.update(guard.GDAL)  # GDAL takes its drivers as it is imported, before any report's guard stands

_LIBRARIES = [
    "ipykernel.inprocess.blocking", "ipykernel.inprocess.manager", "ipykernel.kernelapp", "matplotlib.pyplot",
    "nbconvert", "papermill", "pyogrio", "scipy.stats", "seaborn",
]  # fmt: skip
_OURS = [
    "audit", "cell_engine", "context_charts", "evidence", "fact_sheet", "figures", "findings", "funding", "listing",
    "methods", "page", "pillars", "quotes", "render", "tables", "targets", "worker",
]  # fmt: skip


def _prepare() -> None:
    """What no report changes is made once, here: typefaces, templates, the ground of a map, known texts."""
    from ctip_analysis import audit_known, maps, render

    render.prepare()
    maps.prepare()
    audit_known.prepare()


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """GDAL warns, past Python, of every driver it is to do without and does not have."""
    kept, silence = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silence)


try:
    with _silent():
        for _name in [*_LIBRARIES, *(f"ctip_analysis.{_module}" for _module in _OURS)]:
            importlib.import_module(_name)
except ImportError as missing:  # the fork server would say nothing, and every report would be slow
    print(f"the warm parent could not import {missing.name}", file=sys.stderr)
else:
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    with _silent():
        _prepare()
    gc.collect()
    gc.freeze()  # what is shared stays shared: the collector of a child does not write to it
