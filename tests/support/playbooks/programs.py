# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that are not on this machine: the dump programs in the servers' roots, and a mysqld outside its root.

A program of another Debian runs with that Debian's libraries, named by a small script in its place. Nothing
of it is installed.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from tests.support.servers import host, roots
from tests.support.servers.server import Server

FOLDER = host.BUILD / "programs"
LOADER = "lib64/ld-linux-x86-64.so.2"
DUMPERS = {"mariadb": "usr/bin/mariadb-dump", "mysql": "usr/bin/mysqldump"}


def dump(server: Server, file: Path, *words: str) -> Path:
    """What the server's own dump program writes."""
    login = [f"--host={server.host}", f"--port={server.port}", f"--user={server.user}"]
    with file.open("wb") as out:
        subprocess.run(
            [dumper(server.kind), *login, *words],
            env={**os.environ, "MYSQL_PWD": server.password},
            stdout=out,
            timeout=120,
            check=True,
        )
    return file


def dumper(kind: str) -> Path:
    """mariadb-dump or mysqldump of today."""
    roots.install([kind])
    root = roots.OF_KIND[kind].path
    script = FOLDER / kind / "dump"
    with host.locked(FOLDER / ".lock"):
        _write(script, root, root / DUMPERS[kind])
    return script


def mysqld() -> Path:
    """The server of MySQL's root, with its libraries and messages, started from here."""
    roots.install(["mysql"])
    root = roots.OF_KIND["mysql"].path
    script = FOLDER / "mysqld"
    with host.locked(FOLDER / ".lock"):
        options = [f"--basedir={root}/usr", f"--lc-messages-dir={root}/usr/share/mysql"]
        _write(script, root, root / "usr/sbin/mysqld", *options)
    return script


def mariadbd() -> Path:
    """The machine's own, or else its distribution's."""
    if host.tool("mariadbd") is None:
        host.apt_install(["mariadb-server-core", "mariadb-client-core"])
    return Path(host.tool("mariadbd") or "mariadbd")


def _write(script: Path, root: Path, program: Path, *options: str) -> None:
    libraries = f"{root}/usr/lib/x86_64-linux-gnu"
    words = [str(root / LOADER), "--library-path", libraries, str(program)]
    script.parent.mkdir(parents=True, exist_ok=True)
    draft = script.with_suffix(".new")
    draft.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@" {shlex.join(options)}\n', encoding="utf-8")
    draft.chmod(0o755)
    draft.replace(script)
