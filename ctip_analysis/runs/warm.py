"""What the warm parent holds before it forks: every library a report needs, and the edition of its batch.

Loaded by the fork server as it starts. Nothing here opens a record or runs a notebook, so that no report can see
another's. The environment the server was started with goes at once: it may hold the operator's secrets.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow

from ctip_analysis.base.environment import EDITION, passed
from ctip_analysis.runs import guard
from ctip_analysis.runs.spared_imports import without_grammars

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads of a parent hang its children
_edition = os.environ.get(EDITION, "")
_kept = passed(os.environ)
for _name in set(os.environ) - set(_kept):
    del os.environ[_name]
os.environ.update(_kept)
os.environ.update(guard.GDAL)  # GDAL takes its drivers as it is imported, before any report's guard stands

_LIBRARIES = [
    "ipykernel.kernelapp", "matplotlib.pyplot",
    "nbconvert", "papermill", "pyogrio", "scipy.stats", "seaborn",
    # what these import only when they are first used, which would be in every child
    "IPython.core.completerlib", "IPython.core.logger", "IPython.core.oinspect", "encodings.latin_1",
    "encodings.utf_8_sig", "ipykernel.debugger", "sqlite3",
    "tornado.platform.asyncio", "tornado.queues", "zmq.utils.garbage",
]  # fmt: skip
_OURS = [
    "audit.scan", "runs.cell_engine", "charts.context_charts", "page.evidence", "page.fact_sheet",
    "charts.figures", "page.findings", "page.funding", "page.listing", "page.methods", "page.page",
    "page.pillars", "page.quotes", "page.render", "page.tables", "page.targets", "runs.worker",
]  # fmt: skip


def _give_back() -> None:
    """Have memory that was freed go back to the system: each report needs much of it for moments only.

    The C library would learn from the first large picture to keep 64 MB at hand, in every child.
    """
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # arrow's own keeps 17 MB for 3 that are in use
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        with contextlib.suppress(AttributeError):  # not every C library can be told
            library.mallopt(_MMAP_THRESHOLD, 4 << 20)
            library.mallopt(_TRIM_THRESHOLD, 1 << 20)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as malloc.h numbers them


def _rehearse(edition: str) -> None:
    """What reports of an *edition* do for the first time is done here, once, and not in each of them."""
    from ctip_analysis.runs import own_kernel
    from ctip_analysis.runs.rehearsal import rehearse

    # what fails here fails in the reports too, which say better what is wrong
    if edition:
        with contextlib.suppress(Exception):
            rehearse(Path(edition))
    with contextlib.suppress(Exception):
        own_kernel.have_one()


def _hear() -> None:
    """Hear of Ctrl-C again, and of none that came while nobody heard (see :mod:`ctip_analysis.runs.warm_parent`)."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, before)


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
    with _silent(), without_grammars():
        for _name in [*_LIBRARIES, *(f"ctip_analysis.{_module}" for _module in _OURS)]:
            importlib.import_module(_name)
except ImportError as missing:  # the fork server would say nothing, and every report would be slow
    print(f"the warm parent could not import {missing.name}", file=sys.stderr)
else:
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    _give_back()
    with _silent():
        _rehearse(_edition)
    gc.collect()
    gc.freeze()  # what is shared stays shared: the collector of a child does not write to it
_hear()
