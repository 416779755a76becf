"""The kernel of a report's process: one is at hand in the warm parent, and every child finds it as new."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ctip_analysis.runs import own_kernel
from ctip_analysis.runs.warm_parent import start, warm_context


@pytest.fixture(autouse=True)
def afterwards_none_is_left() -> Iterator[None]:
    yield
    own_kernel.forget()


def what_it_said(code: str) -> list[tuple[str, dict]]:
    """Kinds and contents of the messages about *code*, run in the kernel at hand."""
    with own_kernel.taken() as kernel:
        kernel.run(code)
        return [(message["msg_type"], message["content"]) for message in kernel.said]


def test_what_is_said_of_a_cell_comes_in_order_and_as_another_process_would_read_it():
    said = what_it_said("print('aloud'); display({'x/y': (1, 2)}, raw=True)")
    kinds = [kind for kind, _ in said]
    assert kinds == ["status", "execute_input", "stream", "display_data", "execute_reply", "status"]
    assert said[2][1]["text"] == "aloud\n" and said[3][1]["data"] == {"x/y": [1, 2]}
    assert [content["execution_state"] for kind, content in said if kind == "status"] == ["busy", "idle"]


def test_the_kernel_at_hand_is_taken_once_and_what_ran_in_it_stays_in_it():
    own_kernel.have_one()
    with own_kernel.taken() as first:
        first.run("mine = 1")
    with own_kernel.taken() as second:
        second.run("mine")
    assert first is not second
    assert second.said[-2]["content"]["ename"] == "NameError"
    assert second.said[-2]["content"]["execution_count"] == 1


HOMELESS = "from ctip_analysis import own_kernel; own_kernel.have_one(); print('made')"


def test_one_is_made_without_a_folder_in_the_home_of_its_user(tmp_path):
    told = {name: value for name, value in os.environ.items() if name != "IPYTHONDIR"} | {
        "HOME": str(tmp_path)
    }
    made = subprocess.run(
        [sys.executable, "-c", HOMELESS], env=told, capture_output=True, text=True, check=False
    )
    assert made.stdout == "made\n", made.stderr
    assert not list(tmp_path.rglob(".ipython"))


LOOK = """
import json
kept = [name for name in globals() if not name.startswith("_")]
print(json.dumps([kept, len(In)]))
mine = "left by an earlier report"
"""


def look(pipe: object) -> None:
    """In a child of the warm parent: whether a kernel was at hand, and what a first cell sees in it."""
    was_at_hand = bool(own_kernel._at_hand)
    said = what_it_said(LOOK)
    pipe.send((was_at_hand, next(content["text"] for kind, content in said if kind == "stream")))


def test_every_child_of_the_warm_parent_finds_one_at_hand_in_which_nothing_was_run():
    context, seen = warm_context(), []
    for _ in range(2):
        here, there = context.Pipe(duplex=False)
        child = context.Process(target=look, args=(there,))
        start(child)
        there.close()
        seen.append(here.recv())
        child.join()
    assert [was_at_hand for was_at_hand, _ in seen] == [True, True]
    names, cells = json.loads(seen[0][1])
    assert seen[0] == seen[1] and cells == 2, "In holds an empty text and this cell"
    assert set(names) == {"In", "Out", "exit", "get_ipython", "json", "open", "quit"}
