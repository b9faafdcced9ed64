# SPDX-License-Identifier: GPL-3.0-or-later
"""One migration as a test drives it: the engine's verbs over a run directory, in this process or another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._move import dump as dump_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move import inspect as inspect_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move import load as load_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move import transform as transform_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move.dump import DumpOutcome
from ansible_collections.alkemio.convergence.plugins.module_utils._move.load import LoadOutcome
from ansible_collections.alkemio.convergence.plugins.module_utils._move.transform import TransformOutcome
from ansible_collections.alkemio.convergence.plugins.module_utils._prove import verify as verify_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._prove.outcome import VerifyOutcome

from tests.support.servers.server import Server

CHECKOUT = Path(__file__).resolve().parents[3]
PROFILES: dict[str, dict[str, Any]] = {
    name: yaml.safe_load((CHECKOUT / "roles/migration/files/profiles" / f"{name}.yml").read_text("utf-8"))
    for name in ("alkemio", "kratos")
}


@dataclass(frozen=True)
class Move:
    """One database: its name in reports, and what it is called on either server."""

    name: str
    source: str
    target: str
    profile: str | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    """Of this database alone, after those of the profile."""
    schema: str | None = None
    """Of the target; without one, what was inspected, which is `public` here."""


@dataclass
class Migration:
    """Two servers, a run directory, and the databases that move."""

    source: Server
    target: Server
    run: Path
    moves: Sequence[Move]
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: PROFILES)

    @property
    def source_login(self) -> MySQLLogin:
        server = self.source
        return MySQLLogin(server.host, server.port, server.user, server.password)

    @property
    def target_login(self) -> PostgreSQLLogin:
        server = self.target
        return PostgreSQLLogin(server.host, server.port, server.user, server.password)

    def move(self, name: str) -> Move:
        return next(move for move in self.moves if move.name == name)

    def inspect(self) -> list[inspect_verb.Inspection]:
        run = str(self.run)
        sources = [move.source for move in self.moves]
        targets = [move.target for move in self.moves]
        return [
            inspect_verb.inspect_source(self.source_login, sources, run, check=False),
            inspect_verb.inspect_target(self.target_login, targets, run, schemas=self.schemas(), check=False),
        ]

    def schemas(self) -> dict[str, list[str]]:
        """Those that moves name, of each target database."""
        found: dict[str, list[str]] = {}
        for move in self.moves:
            found.setdefault(move.target, []).extend([move.schema] if move.schema else [])
        return found

    def transform(self) -> TransformOutcome:
        databases = [
            {
                "name": move.name,
                "source": move.source,
                "target": move.target,
                "schema": move.schema,
                "profile": move.profile,
                "rules": dict(move.rules),
            }
            for move in self.moves
        ]
        return transform_verb.make_plan(str(self.run), databases, self.profiles, check=False)

    def prepare(self) -> Migration:
        """Inspect and transform."""
        self.inspect()
        self.transform()
        return self

    def dump(self, workers: int = 2, **options: Any) -> DumpOutcome:
        return dump_verb.dump(self.source_login, str(self.run), workers=workers, **options)

    def load(self, workers: int = 2, **options: Any) -> LoadOutcome:
        return load_verb.load(self.target_login, str(self.run), workers=workers, **options)

    def verify(self, workers: int = 2, *, source: bool = True, **options: Any) -> VerifyOutcome:
        login = self.source_login if source else None
        return verify_verb.verify(self.target_login, login, str(self.run), workers=workers, **options)

    def all(self, **dump_options: Any) -> VerifyOutcome:
        """Every step, in order."""
        self.prepare()
        self.dump(**dump_options)
        self.load()
        return self.verify()

    def start(self, verb: str, **options: Any) -> subprocess.Popen[str]:
        """One verb in a process of its own, to be killed; its standard output is the result as JSON."""
        server = self.source if verb == "dump" else self.target
        job = {
            "verb": verb,
            "login": _login(server),
            "source": _login(self.source),
            "run_directory": str(self.run),
            "options": options,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.engine.driver"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(job))
        process.stdin.close()
        process.stdin = None
        return process

    def journal(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.run / "journal.jsonl").read_text("utf-8").splitlines()]

    def alterations(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.run / "alterations.jsonl").read_text("utf-8").splitlines()]


def _login(server: Server) -> dict[str, Any]:
    return {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
