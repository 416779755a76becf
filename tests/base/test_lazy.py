"""A name of a room is imported at its first use; an unknown one is answered with those there are."""

from __future__ import annotations

import sys

import pytest

ROOM = '''"""A room."""
from __future__ import annotations
from typing import TYPE_CHECKING
from ctip_analysis.base import lazy

if TYPE_CHECKING:
    from room_of_a_test.slow import answer

__getattr__ = lazy.imports(__name__)
'''


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A package with one public name, in a module of its own."""
    (tmp_path / "room_of_a_test").mkdir()
    (tmp_path / "room_of_a_test" / "__init__.py").write_text(ROOM)
    (tmp_path / "room_of_a_test" / "slow.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    import room_of_a_test

    yield room_of_a_test
    for name in ("room_of_a_test", "room_of_a_test.slow"):
        sys.modules.pop(name, None)


def test_a_name_is_imported_at_its_first_use(room):
    assert "room_of_a_test.slow" not in sys.modules
    assert room.answer == 42 and "room_of_a_test.slow" in sys.modules


def test_an_unknown_name_is_answered_with_those_there_are(room):
    with pytest.raises(AttributeError, match=r"module 'room_of_a_test' has no name 'anser'; it has answer"):
        room.anser  # noqa: B018
