"""Kernels forked from a warm parent: ordinary ones in all they do, there in milliseconds."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from ctip_analysis.base.environment import passed
from ctip_analysis.runs.warm_parent import start, warm_context

PROVISIONER = "ctip-fork"


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel by forking; jupyter_client finds it under the entry point ``ctip-fork``."""

    async def launch_kernel(self, cmd: list[str], **given: Any) -> KernelConnectionInfo:
        """Fork a kernel that listens at the connection file, and return where."""
        child = warm_context().Process(  # type: ignore[attr-defined]
            target=_kernel, args=(cmd[1:], given.get("cwd") or os.getcwd(), dict(given["env"])), daemon=True
        )
        start(child)
        self.process = _AsPopen(child)  # type: ignore[assignment]
        self.pid, self.pgid = child.pid, None
        return self.connection_info


class ForkedKernel(AsyncKernelManager):
    """papermill's ``kernel_manager_class`` for such kernels; extra arguments EDITION WORK CODE set the guard."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """A Python kernel that our provisioner starts."""
        return KernelSpec(
            argv=["python", "-f", "{connection_file}"], display_name="Python 3", language="python",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}},
        )  # fmt: skip


def _kernel(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """An ordinary kernel in *folder*, in a forked child; under the guard if *arguments* name what it may read."""
    connection, guarded = arguments[1], [one for one in arguments[2:] if not one.startswith("-")]
    os.environ.clear()
    os.environ.update(passed(environment) if guarded else environment)
    os.environ["JPY_PARENT_PID"] = str(
        os.getppid()
    )  # the kernel ends when its parent does, and prints no greeting
    os.chdir(folder)
    if guarded:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)  # a library's own prints may quote data
        os.dup2(silence, 2)
        from ctip_analysis.runs import guard

        edition, work, code = map(Path, guarded)
        guard.install(edition, work, code, Path(connection))
    from ipykernel.kernelapp import IPKernelApp

    from ctip_analysis.runs import own_kernel

    own_kernel.forget()  # one that the parent had at hand is another kind
    asyncio.set_event_loop(asyncio.new_event_loop())  # the one it was forked in runs already, in the parent
    first = (
        [] if "MPLBACKEND" in os.environ else ["%matplotlib inline"]
    )  # the parent chose another for matplotlib
    IPKernelApp.launch_instance(argv=["-f", connection, "--IPKernelApp.log_level=40"], exec_lines=first)


class _AsPopen:
    """A forked process with the methods of ``subprocess.Popen`` that jupyter_client calls."""

    stdin = stdout = stderr = None

    def __init__(self, child: Any) -> None:
        self._child = child
        self.pid = child.pid

    def poll(self) -> int | None:
        return self._child.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._child.join(timeout)
        return self._child.exitcode

    def send_signal(self, number: int) -> None:
        if self._child.is_alive():
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._child.terminate()

    def kill(self) -> None:
        self._child.kill()
