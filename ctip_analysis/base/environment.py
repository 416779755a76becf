"""What a report's process may know of the operator's environment: an allow-list, so no secret is on it."""

from __future__ import annotations

from collections.abc import Mapping

OWN_BOUNDARIES = "CTIP_BOUNDARIES"
EDITION = "CTIP_WARM_EDITION"  # tells the warm parent alone which edition its reports are of
PASSED = {
    "PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LANGUAGE", "TZ",
    "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONUTF8", "PROJ_DATA", "GDAL_DATA",
    "JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "OMP_NUM_THREADS", OWN_BOUNDARIES,
}  # fmt: skip


def passed(given: Mapping[str, str]) -> dict[str, str]:
    """What a kernel may know of the environment *given*; figures are drawn without a window."""
    kept = {name: value for name, value in given.items() if name in PASSED or name.startswith("LC_")}
    return kept | {"MPLBACKEND": "Agg"}
