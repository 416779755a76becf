"""Processes forked from the warm parent."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
print("the script runs", flush=True)
import sys
from ctip_analysis.runs.warm_parent import start, warm_context
if __name__ == "__main__":
    for _ in range(2):
        process = warm_context().Process(target=print, args=("a process runs",), kwargs={"flush": True})
        start(process)
        process.join()
    print(sys.modules["__main__"].__file__ == __file__)
"""


def test_a_process_does_not_run_the_script_that_asked_for_it_again(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=120)
    assert ran.stdout.splitlines() == ["the script runs", "a process runs", "a process runs", "True"]


WARMED = """
import os, sys
from pathlib import Path
from ctip_analysis.runs.warm_parent import start, warm_context, warm_up

def look():
    from ctip_analysis.edition import read as edition
    from ctip_analysis.runs import own_kernel
    print("kernels at hand:", len(own_kernel._at_hand), flush=True)
    print("editions read:", edition._tables.cache_info().currsize, flush=True)
    print("told of:", [name for name in os.environ if name.startswith("CTIP_WARM")], flush=True)

if __name__ == "__main__":
    warm_up(Path(sys.argv[1]))
    print("left here:", [name for name in os.environ if name.startswith("CTIP_WARM")], flush=True)
    import looking
    process = warm_context().Process(target=looking.look)
    start(process)
    process.join()
"""


@pytest.mark.parametrize(("given", "read"), [("", 1), ("gone", 0)])
def test_the_warm_parent_has_read_its_edition_and_forgot_which_or_does_without(
    tmp_path, edition_2004, given, read
):
    script = tmp_path / "looking.py"
    script.write_text(WARMED)
    arguments = [sys.executable, script, tmp_path / given if given else edition_2004]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120)
    assert ran.stdout.splitlines() == [
        "left here: []", "kernels at hand: 1", f"editions read: {read}", "told of: []",
    ], ran.stderr  # fmt: skip
    assert not ran.stderr


INTERRUPTED = """
import os, signal, time
from pathlib import Path
from ctip_analysis.runs.warm_parent import start, warm_context, warm_up

def look():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print("a process hears it", flush=True)

if __name__ == "__main__":
    import interrupted
    signal.signal(signal.SIGINT, lambda *_: print("the script hears it", flush=True))
    warm_up(Path("gone"))
    for _ in range(2):
        time.sleep(0.3)
        os.killpg(0, signal.SIGINT)
    process = warm_context().Process(target=interrupted.look)
    start(process)
    process.join()
"""


def test_a_parent_that_is_being_warmed_answers_an_interrupt_with_no_traceback(tmp_path):
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    ran = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        start_new_session=True,
    )
    assert ran.stdout.splitlines() == ["the script hears it"] * 2 + ["a process hears it"], ran.stderr
    assert not ran.stderr
