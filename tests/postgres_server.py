"""A real PostgreSQL server for tests, on loopback, from Debian's package or any initdb on the PATH."""

from __future__ import annotations

import contextlib
import ctypes
import getpass
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

PASSWORD = "s3cret/@word"
ADDRESS = "{kind}://{user}:{password}@127.0.0.1:{port}/ctip"


def programs() -> Path | None:
    """Folder of initdb and postgres; None where there is no server to start."""
    debian = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).parent if found else None


class Server:
    """A running server with a database ``ctip``, its owner, and the user ``reader`` who may only read."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder, programs()
        # PostgreSQL refuses to run as root
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-D", "data", "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "data" / "pg_hba.conf").write_text(
            "host all owner 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8"
        )
        self.start()
        with self.owner("postgres") as owner:
            owner.execute("CREATE DATABASE ctip")
            owner.execute(f"CREATE USER reader PASSWORD '{PASSWORD}'")

    @property
    def address(self) -> str:
        """Where the reader finds the database."""
        return ADDRESS.format(kind="postgresql", user="reader", password=quote(PASSWORD, safe=""), port=self.port)

    def owner(self, database: str = "ctip") -> psycopg.Connection:
        """A connection that may write."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="owner", dbname=database, autocommit=True
        )

    def fill(self, records: Path, types: dict[str, dict[str, str]]) -> None:
        """Tables of the columns in *types* from the CSV files in *records*; the reader may read them."""
        with self.owner() as owner:
            owner.execute("SET lock_timeout = '10s'")
            owner.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            for table, columns in types.items():
                file = records / f"{table}.csv"
                if not file.is_file():
                    continue
                defined = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                owner.execute(f"CREATE TABLE {table} ({defined})")
                into = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv, HEADER)"
                with file.open("rb") as rows, owner.cursor().copy(into) as copy:
                    while block := rows.read(2**20):
                        copy.write(block)
            owner.execute("GRANT USAGE ON SCHEMA public TO reader")
            owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

    def start(self) -> None:
        """Start it, and wait until it answers; it ends with this process, however that ends."""
        line = [self.programs / "postgres", "-D", "data", "-c", "listen_addresses=127.0.0.1", "-p", str(self.port),
                "-k", "", "-c", "fsync=off"]  # fmt: skip
        self.process = subprocess.Popen(
            line, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=_ends_with_its_parent, **self.user,
        )  # fmt: skip
        self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-t", "60", tries=300)

    def stop(self) -> None:
        """Stop it at once; connections are cut."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)

    def _run(self, program: str, *given: str, tries: int = 1) -> None:
        line = [str(self.programs / program), *given]
        for _ in range(tries):
            done = subprocess.run(line, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                                  check=False, **self.user)  # fmt: skip
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"{program} as {getpass.getuser()}: {done.stdout!r} {done.stderr!r}")


def _ends_with_its_parent() -> None:
    """Have Linux send SIGQUIT, PostgreSQL's immediate stop, when the process that started this one is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server in a folder of its own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="ctip-postgres-") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()
