# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the injections play: two servers behind proxies, databases to move, and how an undisturbed run ends."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import generator, servers
from tests.support.engine import places, state, zoo
from tests.support.engine.comparison import compare
from tests.support.engine.migration import Migration, Move
from tests.support.engine.proxy import Proxy
from tests.support.engine.verb import Ending, Verb
from tests.support.servers.server import Server

CHUNK_BYTES = 150_000
VERBS = ("dump", "load", "verify")
_MANY_CONNECTIONS = {"max_connections": "60", "shared_buffers": "64MB"}
_SMALL = {"innodb_buffer_pool_size": "128M", "innodb_log_file_size": "48M"}
_SMALL_MYSQL = {"innodb_buffer_pool_size": "128M", "innodb_redo_log_capacity": "64M"}


@dataclass
class Undisturbed:
    """How it ends when nothing fails."""

    evidence: str
    rows: dict[str, state.Rows]
    catalogs: dict[str, state.Catalog]
    sequences: dict[str, Any]
    seconds: dict[str, float] = field(default_factory=dict)
    pieces: dict[str, dict[str, int]] = field(default_factory=dict)
    """By verb and way (source up, target down, …): how many pieces of data pass a proxy."""


class Stage:
    """Two servers, their proxies, a prepared run directory, and targets that can be made anew."""

    def __init__(self, source: Server, target: Server, folder: Path, profiles: tuple[str, ...]) -> None:
        self.source = source
        self.target = target
        self.folder = folder
        self.moves = [Move(name, f"fault_{name}", f"fault_{name}", name) for name in profiles]
        self.moves.append(Move("zoo", "fault_zoo", "fault_zoo"))
        self.source_proxy = Proxy(source.host, source.port)
        self.target_proxy = Proxy(target.host, target.port)
        self.run = folder / "run"
        self.prepared = folder / "prepared"
        self.undisturbed: Undisturbed | None = None

    # --- data -------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Sources, and templates of the targets."""
        for move in self.moves:
            places.ask(
                self.source,
                None,
                f"DROP DATABASE IF EXISTS {move.source}",
                f"CREATE DATABASE {move.source} CHARACTER SET utf8mb4",
            )
            places.drop(self.target, f"{move.target}_template")
            places.ask(
                self.target,
                None,
                f"CREATE DATABASE {move.target}_template TEMPLATE template0 ENCODING 'UTF8'",
            )
            with places.session(self.source, move.source) as connection:
                if move.profile:
                    generator.create_source(connection, profile=move.profile, scale="tiny")
                else:
                    zoo.create_source(connection)
            with places.session(self.target, f"{move.target}_template") as connection:
                if move.profile:
                    generator.create_target(connection, profile=move.profile)
                else:
                    zoo.create_target(connection)
        self.fresh_targets()
        shutil.rmtree(self.prepared, ignore_errors=True)
        migration = Migration(self.source, self.target, self.prepared, self.moves)
        migration.prepare()

    def fresh_targets(self) -> None:
        """Targets as the applications' own migrations leave them."""
        for move in self.moves:
            places.drop(self.target, move.target)
            places.ask(
                self.target,
                None,
                f"CREATE DATABASE {move.target} TEMPLATE {move.target}_template STRATEGY file_copy",
            )

    def fresh_run(self, of: Path | None = None) -> None:
        """A run directory with catalogs and plan, and nothing done yet; or a copy of `of`."""
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.copytree(of or self.prepared, self.run)

    # --- verbs ------------------------------------------------------------------------------------

    def job(
        self, verb: str, run: Path | None = None, *, direct: bool = False, **options: Any
    ) -> dict[str, Any]:
        """What a child is told; `direct`: past the proxies."""
        defaults: dict[str, Any] = {"workers": 2}
        if verb == "dump":
            defaults["chunk_bytes"] = CHUNK_BYTES
        ports = {"source": self.source_proxy.port, "target": self.target_proxy.port}
        logins = {
            side: {
                "host": server.host,
                "port": server.port if direct else ports[side],
                "user": server.user,
                "password": server.password,
            }
            for side, server in (("source", self.source), ("target", self.target))
        }
        return {
            "verb": verb,
            "run_directory": str(run or self.run),
            "options": {**defaults, **options},
            **logins,
        }

    def start(self, verb: str, run: Path | None = None, **options: Any) -> Verb:
        return Verb(self.job(verb, run, **options))

    def do(self, verb: str, run: Path | None = None, **options: Any) -> Ending:
        """Run a verb to its end."""
        return self.start(verb, run, **options).wait()

    def must(self, verb: str, run: Path | None = None, **options: Any) -> Mapping[str, Any]:
        """The result of a verb that may not fail."""
        ending = self.do(verb, run, **options)
        assert ending.ok, f"{verb}: {ending}"
        assert ending.result is not None
        return ending.result

    # --- the end ----------------------------------------------------------------------------------

    def learn(self) -> Undisturbed:
        """One run without failures, compared row by row by the drivers; later runs are held to it."""
        self.fresh_targets()
        self.fresh_run()
        catalogs = {move.name: state.catalog(self.target, move.target) for move in self.moves}
        seconds, pieces, evidence = {}, {}, ""
        for verb in VERBS:
            self.source_proxy.arm(None)
            self.target_proxy.arm(None)
            child = self.start(verb)
            began = time.monotonic()
            ending = child.wait()
            assert ending.ok, f"{verb}: {ending}"
            seconds[verb] = time.monotonic() - began
            pieces[verb] = {
                f"{side} {direction}": count
                for side, proxy in (("source", self.source_proxy), ("target", self.target_proxy))
                for direction, count in proxy.pieces.items()
            }
            evidence = (ending.result or {}).get("evidence_hash", "")
        for move in self.moves:
            if move.profile:
                assert compare(self.source, self.target, move).differences == []
            else:
                assert plain_differences(self.source, self.target, move) == []
        found = Undisturbed(
            evidence,
            {move.name: state.rows(self.target, move.target) for move in self.moves},
            catalogs,
            {move.name: state.sequences(self.target, move.target) for move in self.moves},
            seconds,
            pieces,
        )
        assert self.differences(found, evidence) == []
        self.undisturbed = found
        return found

    def differences(self, wanted: Undisturbed, evidence: str | None) -> list[str]:
        """What the targets hold otherwise than after an undisturbed run; `evidence` `None`: not verified."""
        found = []
        if evidence is not None and evidence != wanted.evidence:
            found.append(f"evidence hash {evidence} instead of {wanted.evidence}")
        for move in self.moves:
            for name, before, after in (
                ("rows", wanted.rows[move.name], state.rows(self.target, move.target)),
                ("catalog", wanted.catalogs[move.name], state.catalog(self.target, move.target)),
                ("sequences", wanted.sequences[move.name], state.sequences(self.target, move.target)),
            ):
                found += state.differences(f"{move.name} {name}", before, after)
        return found

    def close(self) -> None:
        self.source_proxy.close()
        self.target_proxy.close()


def plain_differences(source: Server, target: Server, move: Move) -> list[str]:
    """Tables without any rule: the rows that the two drivers give must be the same ones."""
    found = []
    tables = places.ask(source, move.source, "SHOW TABLES")
    for (table,) in tables:
        quoted = table.replace("`", "``")
        left = places.ask(source, move.source, f"SELECT * FROM `{quoted}`")
        quoted = table.replace('"', '""')
        with places.session(target, move.target) as connection:
            right = connection.execute(f'SELECT * FROM "{quoted}"'.encode()).fetchall()
        if sorted(map(repr, map(_plain, left))) != sorted(map(repr, map(_plain, right))):
            found.append(f"{table}: other rows")
    return found


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(int(value) if isinstance(value, bool) else value for value in row)


@contextlib.contextmanager
def staged(folder: Path, kind: str = "mariadb", profiles: tuple[str, ...] = ("alkemio",)) -> Iterator[Stage]:
    """A stage with servers of its own, filled."""
    small = _SMALL if kind == "mariadb" else _SMALL_MYSQL
    with (
        servers.running(kind, small) as source,
        servers.running("postgresql", _MANY_CONNECTIONS) as target,
    ):
        stage = Stage(source, target, folder, profiles)
        try:
            stage.fill()
            yield stage
        finally:
            stage.close()
