"""Public names of a room that are imported when they are first used, so that to import a room costs nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any


def imports(package: str) -> Callable[[str], Any]:
    """``__getattr__`` of *package*: a name that its ``if TYPE_CHECKING:`` block imports is imported at its first use.

    The block is what a type checker and a reader see, so that each name and its module are written once, as with
    ``attach_stub`` of scientific-python/lazy-loader. An unknown name raises AttributeError with those there are.
    """
    module = sys.modules[package]
    home = dict(_listed(Path(str(module.__file__))))

    def __getattr__(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no name {name!r}; it has {', '.join(sorted(home))}")
        found = getattr(import_module(home[name]), name)
        setattr(module, name, found)
        return found

    return __getattr__


def _listed(path: Path) -> Iterator[tuple[str, str]]:
    """Each name that the block ``if TYPE_CHECKING:`` of the file imports, with its module."""
    for block in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(block, ast.If):
            for line in block.body:
                if isinstance(line, ast.ImportFrom):
                    yield from ((alias.name, str(line.module)) for alias in line.names)
