"""The other programs that a yearly run starts: the batch, and the operator's own command when a run is not done."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

ENDING = 30  # seconds that a program is given to end in good order when the run is stopped
TELLING = 60  # seconds that the operator's command may take


def exit_code(command: list[str], folder: Path) -> int:
    """The exit code of *command* run in *folder* (negative: the signal that ended it).

    When this process is stopped meanwhile, the command is asked to end, and after a while made to.
    """
    with subprocess.Popen(command, cwd=folder) as child:
        try:
            return child.wait()
        except BaseException:
            child.terminate()
            try:
                child.wait(ENDING)
            except subprocess.TimeoutExpired:
                child.kill()
            raise


def tell(command: str, record: Path) -> str:
    """Run the operator's *command* with the path of *record* as its argument; what went wrong with it, or ""."""
    try:
        done = subprocess.run([*shlex.split(command), str(record)], timeout=TELLING, check=False)
    except subprocess.TimeoutExpired:
        return f"the command of --on-failure was ended after {TELLING} seconds"
    except (OSError, ValueError) as error:
        return f"the command of --on-failure could not be run: {getattr(error, 'strerror', None) or error}"
    return f"the command of --on-failure ended with exit code {done.returncode}" if done.returncode else ""
