"""What the operator is told: a log of one line a run, an error as a sentence, a command of their own."""

from __future__ import annotations

import errno
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ctip_analysis.base.errors import CtipError, mistake
from ctip_analysis.base.reference import ROOT, described_path

LOG = ROOT / "build" / "logs" / "report.log"
TELLING = 60  # seconds that the operator's command may take
UNTOUCHED = "earlier editions and reports are as they were"


def worded(error: BaseException) -> tuple[str, int]:
    """What to tell a person about *error*, and the exit code."""
    if isinstance(error, CtipError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "stopped; nothing was put in place", 130
    if isinstance(error, OSError):
        return _file_trouble(error), 1
    return mistake(error), 1


def _file_trouble(error: OSError) -> str:
    name = "a file"
    if error.filename:
        path = Path(error.filename)
        name = path.parent.name if path.name.startswith(".") else path.name  # a private folder says nothing
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk is full: free some space and run again; {UNTOUCHED}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission to write {name}: check who owns its folder; {UNTOUCHED}"
    return f"{name}: {error.strerror or 'could not be read or written'}; {UNTOUCHED}"


def logged(make: Callable[[], tuple[int, str]], what: str, say: Callable[[str], None]) -> int:
    """Run *make* with one entry in the log; its exit code. The last line said is the log's path.

    *make* returns an exit code and a path, which is printed at the end. A service manager's stop is the same as Ctrl-C.
    """
    started, outcome, where, path = time.monotonic(), "done", "", ""
    signal.signal(signal.SIGTERM, _stopped)
    try:
        code, path = make()
        if code:
            outcome = "degraded or failed in part"
    except (Exception, KeyboardInterrupt) as error:
        sentence, code = worded(error)
        say(sentence)
        # Only the headline: what follows it may quote what was found in a record.
        outcome, where = f"exit {code}, {sentence.splitlines()[0]}", getattr(error, "where", "")
    say(note(what, outcome, time.monotonic() - started, where))
    if path:
        print(path)
    return code


def _stopped(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def note(what: str, outcome: str, seconds: float, where: str = "") -> str:
    """Add one run to the log; the line that tells where it is. Nothing read from records may be in it."""
    lines = f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {what}: {outcome} ({seconds:.1f} s)\n"
    try:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with LOG.open("a", encoding="utf-8") as log:
            log.write(lines + (f"  at {where}\n" if where else ""))
    except OSError:  # what was said on the terminal is all there is
        return f"log: {described_path(LOG)} (can not be written)"
    return f"log: {described_path(LOG)}"


def tell(command: str, record: Path) -> str:
    """Run the operator's *command* with the path of *record* as its argument; what went wrong with it, or ""."""
    try:
        done = subprocess.run([*shlex.split(command), str(record)], timeout=TELLING, check=False)
    except subprocess.TimeoutExpired:
        return f"the command of --on-failure was ended after {TELLING} seconds"
    except (OSError, ValueError) as error:
        return f"the command of --on-failure could not be run: {getattr(error, 'strerror', None) or error}"
    return f"the command of --on-failure ended with exit code {done.returncode}" if done.returncode else ""
