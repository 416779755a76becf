"""The kernel of a process that belongs to one report: ordinary messages, handed over as they are.

To make one touches every module there is. A warm parent has one at hand, and each process that is forked from it
finds a copy of its own, in which nothing was run.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from typing import Any

from ipykernel.inprocess.ipkernel import InProcessInteractiveShell, InProcessKernel
from ipykernel.iostream import IOPubThread
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from traitlets import Instance, default
from traitlets.config import Config

Message = dict[str, Any]

# It ends with its report: no other session asks for its history, and nobody listens who needs a moment to hear.
_SETTINGS = Config({"HistoryManager": {"enabled": False}, "InProcessKernel": {"_execute_sleep": 0.0}})
_at_hand: list[OwnKernel] = []


class _Session(Session):
    """Keeps what it is to send: who asked lives in this process too, so nothing is signed and cut into frames."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.said: deque[Message] = deque()

    def send(self, stream: object, msg_or_type: Message | str, content: Any = None, parent: Any = None,
             ident: object = None, buffers: Any = None, track: bool = False, header: Any = None,
             metadata: Any = None) -> Message:  # fmt: skip
        if isinstance(msg_or_type, str):
            message = self.msg(msg_or_type, content, parent, header, metadata)
        else:
            message = dict(msg_or_type)
        # what JSON has no word for fails here as it would on its way to another process
        message["content"] = self.unpack(self.pack(message["content"]))
        message["buffers"] = buffers or []
        self.said.append(message)
        return message


class _Shell(InProcessInteractiveShell):
    """A shell that makes no folder in its user's home."""

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        """None is made."""


class OwnKernel(InProcessKernel):
    """Runs cells in this process, with no socket and no thread; it has no folder of settings."""

    session: _Session = Instance(_Session)  # type: ignore[assignment]
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__(session=_Session(key=b""), profile_dir=ProfileDir(), config=_SETTINGS)

    @default("iopub_thread")
    def _never_started(self) -> IOPubThread:
        return IOPubThread(self._underlying_iopub_socket, session=self.session)

    @default("shell_class")
    def _without_folder(self) -> type[InProcessInteractiveShell]:
        return _Shell

    def run(self, code: str) -> str:
        """Run *code* and return the id of the request; what the kernel says of it then stands in ``said``."""
        content = {
            "code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
            "stop_on_error": True,
        }  # fmt: skip
        asked = self.session.msg("execute_request", content)
        self.shell_stream.send_multipart(self.session.serialize(asked))
        self.runner.run(self.dispatch_shell(self.shell_stream.recv_multipart()))
        return str(asked["header"]["msg_id"])

    @property
    def said(self) -> deque[Message]:
        """Messages nobody took yet, the oldest first."""
        return self.session.said


def have_one() -> None:
    """Have a fresh kernel at hand for processes that are forked from this one."""
    forget()
    _at_hand.append(OwnKernel())


@contextlib.contextmanager
def taken() -> Iterator[OwnKernel]:
    """The kernel at hand, or a new one, with a loop for its cells. Nothing of it is left to a later one."""
    kernel = _at_hand.pop() if _at_hand else OwnKernel()
    try:
        with asyncio.Runner() as kernel.runner:
            yield kernel
    finally:
        forget()


def forget() -> None:
    """No kernel is at hand, and the next one made begins anew with a shell of its own."""
    _at_hand.clear()
    _Shell.clear_instance()
