# SPDX-License-Identifier: GPL-3.0-or-later
"""A writer as a process of its own, stopped and started by commands: writer.py start|stop|status|run|schema FILE.

"to-mysql" and "to-postgresql" put another configuration in the place of FILE.

FILE holds the login of the database it writes to, as JSON, in MySQL or in PostgreSQL; it is the application's own
configuration. Beside it lie its process number and, while it is to be stubborn, a file that keeps it from stopping.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path


def _connect(login: dict[str, object]) -> object:
    if login.pop("kind") == "postgresql":
        import psycopg  # noqa: PLC0415 - one of the two

        return psycopg.connect(**login, autocommit=True)  # type: ignore[arg-type]
    import pymysql  # noqa: PLC0415 - one of the two

    return pymysql.connect(**login, autocommit=True, ssl_disabled=True)


def _run(file: Path) -> int:
    """Write a row every tenth of a second; a server that refuses ends it."""
    connection = _connect(json.loads(file.read_text("utf-8")))
    while True:
        with connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("INSERT INTO sale (note) VALUES ('sold')")
        time.sleep(0.1)


def _schema(file: Path) -> None:
    """The application's own migration."""
    connection = _connect(json.loads(file.read_text("utf-8")))
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("CREATE TABLE sale (id serial PRIMARY KEY, note varchar(20) NOT NULL)")


def _pid(file: Path) -> int | None:
    """The process, while it lives."""
    try:
        pid = int(file.with_suffix(".pid").read_text("utf-8"))
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return None
    return None if state == "Z" else pid


def main() -> int:
    verb, file = sys.argv[1], Path(sys.argv[2])
    pid = _pid(file)
    if verb.startswith("to-"):
        shutil.copy(file.with_suffix(f".{verb[3:]}"), file)
    if verb == "run":
        return _run(file)
    if verb == "schema":
        _schema(file)
    if verb == "start" and pid is None:
        child = subprocess.Popen(
            [sys.executable, __file__, "run", str(file)], start_new_session=True, stderr=subprocess.DEVNULL
        )
        file.with_suffix(".pid").write_text(str(child.pid), "utf-8")
    if verb == "stop" and pid is not None and not file.with_suffix(".stubborn").exists():
        os.kill(pid, signal.SIGTERM)
        while _pid(file) is not None:
            time.sleep(0.05)
    return int(verb == "status" and pid is None)


if __name__ == "__main__":
    sys.exit(main())
