# SPDX-License-Identifier: GPL-3.0-or-later
"""A compose project on a real engine: two writers, and a service that is nobody's business."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import servers
from tests.support.docker import engine as docker
from tests.support.docker.engine import Engine
from tests.support.engine import places
from tests.support.environment.place import Environment, let_root_in, make_tables
from tests.support.servers import roots
from tests.support.servers.server import Server

IMAGE = "convergence-test-writer:latest"
COMPOSE = """\
# A writer's configuration is in .env, as that of a platform.
x-writer: &writer
  image: {image}
  network_mode: host
  init: true
  command: [sh, /writer/writer.sh]
  volumes: ["{folder}:/writer:ro"]
  environment:
    DATABASE_TYPE: ${{DATABASE_TYPE}}
    DATABASE_PORT: ${{DATABASE_PORT}}
    DATABASE_USER: ${{DATABASE_USER}}
    DATABASE_PASSWORD: ${{DATABASE_PASSWORD}}
    DATABASE_NAME: {database}
services:
  server: *writer
  collaboration: *writer
  synapse:
    image: {image}
    network_mode: none
    init: true
    command: [sleep, infinity]
"""
WRITER = """\
#!/bin/sh
# Writes a row five times a second; a server that refuses ends it.
set -e
export MYSQL_PWD="$DATABASE_PASSWORD" PGPASSWORD="$DATABASE_PASSWORD"
while :; do
  if [ "$DATABASE_TYPE" = mysql ]; then
    mariadb --skip-ssl --host=127.0.0.1 --port="$DATABASE_PORT" --user="$DATABASE_USER" "$DATABASE_NAME" \\
      --execute="INSERT INTO sale (note) VALUES ('sold')"
  else
    psql --quiet --host=127.0.0.1 --port="$DATABASE_PORT" --username="$DATABASE_USER" "$DATABASE_NAME" \\
      --command="INSERT INTO sale (note) VALUES ('sold')"
  fi
  sleep 0.2
done
"""


@dataclass
class Project(Environment):
    """The environment, with its writers in a compose project."""

    engine: Engine

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def compose(self, *words: str) -> str:
        return self.engine("compose", "--project-directory", str(self.project), *words)

    def runs(self, writer: str) -> bool:
        return writer in self.compose("ps", "--services", "--status", "running").split()

    def foreign(self) -> str:
        """When the service began that nobody may touch."""
        name = self.compose("ps", "--quiet", "synapse").strip()
        return self.engine("inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", name)

    def turn(self, kind: str) -> list[str]:
        return ["cp", str(self.project / f"env.{kind}"), str(self.project / ".env")]

    def variables(self) -> dict[str, Any]:
        services = [
            {"name": name, "driver": "docker_compose", "directory": str(self.project), "services": [name]}
            for name in ("collaboration", "server")
        ]
        return {**super().variables(), "service_downtime_services": services}


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with docker.running() as found:
        roots.install(["mariadb"])
        if not found("images", "--quiet", IMAGE).strip():
            packed = subprocess.Popen(
                ["tar", "-C", str(roots.OF_KIND["mariadb"].path), "--exclude=./srv/*", "-c", "."],
                stdout=subprocess.PIPE,
            )
            assert packed.stdout is not None
            found("import", "-", IMAGE, stdin=packed.stdout.fileno())
            assert packed.wait(60) == 0
        yield found


@pytest.fixture
def source() -> Iterator[Server]:
    with servers.running("mariadb") as server:
        let_root_in(server)
        yield server


@pytest.fixture
def project(
    engine: Engine,
    source: Server,
    postgresql: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Project]:
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    database = places.new_target(postgresql, "shop")
    places.ask(source, None, f"CREATE DATABASE {database}")
    make_tables(source, postgresql, database)
    found = Project(source, postgresql, tmp_path, database, engine)
    found.project.mkdir()
    text = COMPOSE.format(image=IMAGE, folder=found.project, database=database)
    (found.project / "compose.yml").write_text(text, "utf-8")
    (found.project / "writer.sh").write_text(WRITER, "utf-8")
    logins = {
        "mysql": ("root", "toor", source.port),
        "postgresql": (postgresql.user, postgresql.password, postgresql.port),
    }
    for kind, (user, password, port) in logins.items():
        values = {"TYPE": kind, "PORT": port, "USER": user, "PASSWORD": password}
        lines = "".join(f"DATABASE_{key}={value}\n" for key, value in values.items())
        (found.project / f"env.{kind}").write_text(lines, "utf-8")
    subprocess.run(found.turn("mysql"), check=True)
    found.compose("up", "--detach", "--pull", "never")
    yield found
    found.compose("down", "--volumes", "--timeout", "5")
