"""What several test modules share: the shipped sample as records, its cells, and its 2004 edition."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from ctip_analysis import release as releasing
from ctip_analysis.count import count
from ctip_analysis.edition import Released, read_edition
from ctip_analysis.load import Records, load_records
from ctip_analysis.reference import ROOT

SAMPLE = ROOT / "data" / "sample"


@pytest.fixture(scope="session")
def records() -> Records:
    return load_records(SAMPLE)


@pytest.fixture(scope="session")
def cells(records: Records) -> pd.DataFrame:
    """Unprotected cells of the shipped sample, to the end of 2004."""
    return count(records, year=2004)


@pytest.fixture(scope="session")
def edition_2004(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the 2004 edition of the shipped sample."""
    work = tmp_path_factory.mktemp("edition")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releasing, "CONFIDENTIAL", work / "confidential")
        return releasing.release(SAMPLE, year=2004, out=work / "editions")


@pytest.fixture(scope="session")
def released(edition_2004: Path) -> Released:
    return read_edition(edition_2004)


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    left = plt.get_fignums()
    plt.close("all")
    assert not left, f"{len(left)} figures were left open"
