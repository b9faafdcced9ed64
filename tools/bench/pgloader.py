# SPDX-License-Identifier: GPL-3.0-or-later
"""pgloader as the other party: the same tables, its own reading, converting, writing and indexing.

The target's tables are there before, as for the engine; pgloader takes their indexes off and puts them
back. Its settings decide whether it lives: it keeps whole batches in memory and dies when they outgrow
the heap, which in the distribution's build is fixed when it starts.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.support.servers import host
from tests.support.servers.server import Server

PACKAGE = "pgloader"


@dataclass(frozen=True)
class Tuning:
    """One way to set pgloader up. A heap of 0 is the default one."""

    name: str
    heap_mb: int = 0
    options: tuple[str, ...] = ()


def _prefetch(rows: int, megabytes: int) -> tuple[str, ...]:
    return (f"prefetch rows = {rows}", f"batch rows = {rows}", f"batch size = {megabytes} MB")


_BIG_HEAP = 8192
_READERS = ("workers = 4", "concurrency = 2", "multiple readers per thread")
TUNINGS: dict[str, Sequence[Tuning]] = {
    "narrow": (
        Tuning("default"),
        Tuning("big heap", _BIG_HEAP),
        Tuning("big heap, big prefetch", _BIG_HEAP, ("prefetch rows = 250000", "batch size = 40 MB")),
        Tuning("big heap, two readers", _BIG_HEAP, (*_READERS, "rows per range = 250000")),
    ),
    "wide": (
        Tuning("default"),
        Tuning("small prefetch", 0, _prefetch(1000, 4)),
        Tuning("big heap", _BIG_HEAP),
        Tuning("big heap, prefetch 10000", _BIG_HEAP, ("prefetch rows = 10000",)),
    ),
    "blobs": (
        Tuning("default"),
        Tuning("small prefetch", 0, _prefetch(50, 4)),
        Tuning("big heap", _BIG_HEAP),
        Tuning("big heap, prefetch 1000", _BIG_HEAP, ("prefetch rows = 1000",)),
        Tuning("big heap, two readers", _BIG_HEAP, (*_READERS, *_prefetch(200, 20), "rows per range = 1000")),
    ),
}


def install() -> str:
    """Where the distribution's pgloader is; fetched when it is not there."""
    if shutil.which(PACKAGE) is None:
        host.ask_for_privilege()
        host.apt_install([PACKAGE])
    found = shutil.which(PACKAGE)
    if found is None:
        raise host.ServersError("the package pgloader brought no command pgloader")
    return found


def command(program: str, tuning: Tuning, file: Path) -> list[str]:
    """The command line; logins are in the file."""
    heap = ["--dynamic-space-size", str(tuning.heap_mb)] if tuning.heap_mb else []
    return [
        program,
        *heap,
        "--no-ssl-cert-verification",
        "--root-dir",
        str(file.parent / "pgloader"),
        str(file),
    ]


def write_load_file(file: Path, database: str, source: Server, target: Server, tuning: Tuning) -> None:
    """What pgloader is to do, for its owner's eyes only."""
    options = ["create no tables", "drop indexes", "reset no sequences", "no foreign keys", *tuning.options]
    text = f"""LOAD DATABASE
  FROM {_url("mysql", source, database)}
  INTO {_url("postgresql", target, database)}
  WITH {", ".join(options)}
  CAST type char to uuid drop typemod,
       type datetime to timestamp drop default using zero-dates-to-null,
       type tinyint to boolean drop typemod using tinyint-to-boolean,
       type int to integer drop typemod
  ALTER SCHEMA '{database}' RENAME TO 'public';
"""
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")


def _url(scheme: str, server: Server, database: str) -> str:
    return f"{scheme}://{server.user}:{quote(server.password)}@{server.host}:{server.port}/{database}"
