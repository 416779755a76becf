"""What the fork server imports once, so that no report does.

Loading this module changes the process: it drops the environment but for an allow-list, and freezes the collector.
Nothing here opens records or runs a notebook, so that no report sees anything of another.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from collections.abc import Mapping

PASSED = {
    "PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LANGUAGE", "TZ", "VIRTUAL_ENV",
    "CONDA_PREFIX", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONUTF8", "PROJ_DATA", "GDAL_DATA", "MPLCONFIGDIR",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "CTIP_BOUNDARIES",
}  # fmt: skip
SET = {
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",  # threads of a parent hang its children
    "OGR_SKIP": "CSV,XLSX,ODS",  # GDAL opens tables past the guard
}
_MODULES = ["matplotlib.pyplot", "matplotlib_inline.backend_inline", "pyogrio", "seaborn", "ctip_analysis.audit.page",
            "ctip_analysis.runs.engine", "ctip_analysis.runs.worker"]  # fmt: skip
_FACES = ["charts", "edition", "page", "places"]  # rooms of which a report may use every public name


def passed(given: Mapping[str, str]) -> dict[str, str]:
    """What a report may know of the environment *given*: an allow-list, so that no secret is in it."""
    kept = {name: value for name, value in given.items() if name in PASSED or name.startswith("LC_")}
    return kept | SET


signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends its reports
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
_kept = passed(os.environ)
os.environ.clear()
os.environ.update(_kept)
# jsonschema checks addresses and durations with these, whose import takes seconds; nbformat uses neither.
for _name in ("rfc3987_syntax", "isoduration"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]
for _name in _MODULES:
    importlib.import_module(_name)
for _name in _FACES:
    _room = importlib.import_module(f"ctip_analysis.{_name}")
    for _public in _room.__all__:
        getattr(_room, _public)
gc.collect()
gc.freeze()  # what is shared stays shared: the collector of a child does not write to it
