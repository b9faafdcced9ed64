# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform in containers as the course of all tags looks at it (tests/support/playbooks/course.py)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
import pymysql

from tests.support.docker import platform
from tests.support.playbooks import ansible
from tests.support.playbooks.ansible import Run

INVENTORY = ansible.CHECKOUT / "molecule/shared/inventory/hosts.yml"
MOVER, SERVICES = "convergence-mover", "convergence-services"
RECORDED = ("run", "rehearsal", "backups")
# What the course asks; the other address is Kratos', which the inventory names beside it.
CHECK = {"name": "shop", "url": f"http://{SERVICES}:4000/rest/health", "contains": "healthy"}


@dataclass(frozen=True)
class Containers:
    """The platform, with the run directory in a folder of the migration host."""

    folder: str

    database = "alkemio"
    # By the names of service_downtime_services, with the containers of those that compose runs
    _writers: Mapping[str, Sequence[str]]

    @property
    def writers(self) -> Sequence[str]:
        return tuple(self._writers)

    def variables(self) -> dict[str, Any]:
        return {
            "migration_run_directory": f"{self.folder}/run",
            "migration_rehearsal_directory": f"{self.folder}/rehearsal",
            "cutover_smoke_checks": [CHECK],
            "cutover_smoke_retries": 5,
            "cutover_smoke_delay": 1,
        }

    def inventory(self) -> Sequence[str]:
        """The scenarios' own, and what this place says instead: of a host, which is stronger than what is of all."""
        file = platform.CHECKOUT.parent / f"{self.folder.rpartition('/')[2]}.json"
        hosts = {host: self.variables() for host in (MOVER, SERVICES)}
        file.write_text(json.dumps({"all": {"hosts": hosts}}), "utf-8")
        return ["-i", str(INVENTORY), "-i", str(file)]

    def play(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        return ansible.of_checkout().playbook(playbook, None, *self.inventory(), *arguments, **variables)

    def runs(self, writer: str) -> bool:
        containers = self._writers[writer]
        if not containers:
            return self._succeeds("exec", SERVICES, "systemctl", "is-active", "--quiet", writer_unit(writer))
        running = platform.docker("ps", "--format", "{{.Names}}").split()
        return set(containers) <= set(running)

    def sold(self, side: Literal["source", "target"]) -> int | None:
        stage = platform.stage()
        statement = f"SELECT count(*) FROM {platform.WRITTEN}"
        if side == "source":
            with stage.on_source("alkemio") as session, session.cursor() as cursor:
                cursor.execute(statement)
                return int(cursor.fetchall()[0][0])
        try:
            with stage.on_target("alkemio") as session:
                return int(session.execute(statement).fetchall()[0][0])
        except psycopg.Error:
            return None

    def target_databases(self) -> Sequence[str]:
        with platform.stage().on_target() as session:
            return [str(name) for (name,) in session.execute("SELECT datname FROM pg_database").fetchall()]

    def refuses(self) -> bool:
        """The platform's account is root."""
        try:
            with platform.stage().on_source("alkemio") as session, session.cursor() as cursor:
                cursor.execute(f"DELETE FROM {platform.WRITTEN} WHERE version < 0")
        except pymysql.MySQLError:
            return True
        return False

    def configured(self) -> str:
        text = (platform.CHECKOUT / ".env.docker").read_text("utf-8")
        return "mysql" if "DATABASE_HOST=mysql\n" in text else "postgresql"

    def quickstart(self) -> str:
        return (platform.CHECKOUT / "quickstart-services.yml").read_text("utf-8")

    def record(self, name: str) -> str | None:
        try:
            return platform.docker("exec", MOVER, "cat", f"{self.folder}/{name}")
        except subprocess.CalledProcessError:
            return None

    def records(self) -> Mapping[str, str]:
        find = f"cd {self.folder} && find {' '.join(RECORDED)} -type f ! -name lock -exec sha256sum {{}} +"
        listed = platform.docker("exec", MOVER, "sh", "-c", f"{find} 2>/dev/null || true")
        return {name: checksum for checksum, name in (line.split(maxsplit=1) for line in listed.splitlines())}

    def _succeeds(self, *words: str) -> bool:
        return subprocess.run(["docker", *words], check=False, capture_output=True).returncode == 0


def writer_unit(writer: str) -> str:
    return f"alkemio-{writer}"


def containers(folder: str) -> Containers:
    """The platform with the writers of the scenarios' inventory."""
    collaboration = ("alkemio_dev_whiteboard_collaboration", "alkemio_dev_collaborative-document")
    return Containers(
        folder, {"collaboration": collaboration, "server": (), "identity": ("alkemio_dev_kratos",)}
    )
