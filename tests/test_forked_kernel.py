"""Processes forked from the warm parent."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
print("the script runs", flush=True)
import sys
from ctip_analysis.forked_kernel import start, warm_context
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
