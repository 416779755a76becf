"""Typefaces cut out of variable fonts are kept."""

from __future__ import annotations

import pytest

from ctip_analysis.charts import typefaces
from ctip_analysis.page import webfonts


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(typefaces, "FOLDER", tmp_path / "fonts")
    webfonts._face.cache_clear()
    yield tmp_path / "fonts"
    webfonts._face.cache_clear()


def test_a_face_is_cut_once(folder):
    cuts = []
    for _ in range(2):
        path = typefaces.kept("a.woff", lambda: cuts.append(1) or b"bytes")
    assert (path.read_bytes(), len(cuts), [one.name for one in folder.iterdir()]) == (b"bytes", 1, ["a.woff"])


def test_a_face_that_could_not_be_cut_is_not_kept(folder):
    def fails() -> bytes:
        raise ValueError

    with pytest.raises(ValueError):
        typefaces.kept("a.woff", fails)
    assert list(folder.glob("a*")) == []


def test_a_kept_face_of_a_page_is_the_one_that_would_be_cut():
    cut = webfonts.faces("plain")
    webfonts._face.cache_clear()
    assert webfonts.faces("plain") == cut
    assert (
        webfonts._static(webfonts._subset("CTIP Sans", webfonts.LATIN), 400)
        == typefaces.kept(webfonts._name("CTIP Sans", 400, webfonts.LATIN), lambda: b"").read_bytes()
    )


def test_other_letters_or_another_weight_are_another_face():
    names = {webfonts._name("CTIP Sans", weight, letters) for weight in (400, 650) for letters in ("a", "b")}
    assert len(names) == 4
