"""A real PostgreSQL server for tests, on loopback, from Debian's package or any initdb on the PATH."""

from __future__ import annotations

import contextlib
import getpass
import glob
import os
import shutil
import socket
import subprocess
import tempfile
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
                with owner.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv, HEADER)") as to:
                    with file.open("rb") as rows:
                        while block := rows.read(2**20):
                            to.write(block)
            owner.execute("GRANT USAGE ON SCHEMA public TO reader")
            owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k '' -c fsync=off"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once; connections are cut."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *given: str) -> None:
        line = [str(self.programs / program), *given]
        done = subprocess.run(line, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
                              check=False, **self.user)  # fmt: skip
        assert done.returncode == 0, f"{program} as {getpass.getuser()}: {done.stderr}"


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server in a folder of its own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="ctip-postgres-") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            with contextlib.suppress(AssertionError):  # a test may have stopped it
                server.stop()
