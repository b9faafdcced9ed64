# SPDX-License-Identifier: GPL-3.0-or-later
"""The small environment with all that the playbooks know: a quickstart, backups, dump files, and an address to ask."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import psycopg
import pymysql

from tests.support.engine import places
from tests.support.environment.place import WRITERS, Environment
from tests.support.playbooks import ansible, programs, states
from tests.support.playbooks.ansible import Run
from tests.support.servers import host, roots
from tests.support.servers.server import Server

RECORDED = ("run", "rehearsal", "backups")


@dataclass
class Whole(Environment):
    """It implements the course's Place."""

    elsewhere: Server
    """Where a backup is restored."""
    port: int = 0
    """Of the application's address."""
    commands: ansible.Ansible = field(default_factory=ansible.of_checkout)

    @property
    def writers(self) -> Sequence[str]:
        return WRITERS

    def play(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        platform = {
            "compose_quickstart_directory": str(self.folder / "platform"),
            "compose_quickstart_validate": "never",
        }
        inventory = ansible.write_inventory(
            self.folder, sys.executable, self.variables() | variables, services={"platform": platform}
        )
        return self.commands.playbook(playbook, inventory, *arguments)

    def sold(self, side: Literal["source", "target"]) -> int | None:
        with contextlib.suppress(psycopg.Error):
            return self.sales(self.source if side == "source" else self.target)
        return None

    def target_databases(self) -> Sequence[str]:
        return [str(row[0]) for row in places.ask(self.target, None, "SELECT datname FROM pg_database")]

    def refuses(self) -> bool:
        application = replace(self.source, user="root", password="toor")
        try:
            places.ask(application, self.database, "DELETE FROM sale WHERE id < 0")
        except pymysql.MySQLError:
            return True
        return False

    def configured(self) -> str:
        (kind,) = {json.loads(self.file(writer).read_text("utf-8"))["kind"] for writer in WRITERS}
        return str(kind)

    def quickstart(self) -> str:
        return (self.folder / "platform/quickstart-services.yml").read_text("utf-8")

    def record(self, name: str) -> str | None:
        file = self.folder / name
        return file.read_text("utf-8", "replace") if file.is_file() else None

    def records(self) -> dict[str, str]:
        return {
            str(file.relative_to(self.folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for folder in RECORDED
            for file in (self.folder / folder).rglob("*")
            if file.is_file() and file.name != "lock"
        }

    def variables(self) -> dict[str, Any]:
        check = {"name": "shop", "url": f"http://127.0.0.1:{self.port}/", "contains": "sells"}
        return {
            **super().variables(),
            **self._installation(),
            **self._backups(),
            "cutover_smoke_checks": [check],
            "cutover_smoke_retries": 3,
            "cutover_smoke_delay": 1,
            "source_copy_dumps": [{"database": self.database, "file": str(self.folder / "source.sql")}],
            "source_copy_program": str(
                programs.mariadbd() if self.source.kind == "mariadb" else programs.mysqld()
            ),
            "source_copy_buffer_pool_bytes": 1 << 27,
        }

    def _installation(self) -> dict[str, Any]:
        owner = f"{self.database}_owner"
        postgresql = self.file(WRITERS[0]).with_suffix(".postgresql")
        schema = [*self.command("schema", WRITERS[0])[:-1], str(postgresql)]
        return {
            "postgresql_provision_login_user": self.target.user,
            "postgresql_provision_login_password": self.target.password,
            "postgresql_provision_login_host": self.target.host,
            "postgresql_provision_login_port": self.target.port,
            "postgresql_provision_roles": [{"name": owner, "password": "a secret"}],
            "postgresql_provision_databases": [
                {"name": self.database, "owner": owner, "extensions": ["pg_trgm"], "time_zone": "UTC"}
            ],
            "postgresql_provision_schema_commands": [
                {"name": "shop", "command": schema, "database": self.database, "table": "sale"}
            ],
        }

    def _backups(self) -> dict[str, Any]:
        elsewhere = self.elsewhere
        login = [f"--host={elsewhere.host}", f"--port={elsewhere.port}", "--username=restorer"]
        return {
            "database_backup_directory": str(self.folder / "backups"),
            "database_backup_source_databases": [self.database],
            "database_backup_source_command": [str(programs.dumper(self.source.kind))],
            "database_backup_target_command": postgresql_program("pg_dumpall"),
            "database_backup_elsewhere_command": [
                *postgresql_program("psql"),
                *login,
                "--dbname=postgres",
                "--quiet",
            ],
            "database_backup_elsewhere_login_password": "secret",
        }


def postgresql_program(name: str) -> list[str]:
    """A program of PostgreSQL in the servers' root."""
    chroot = [host.tool("chroot") or "chroot", str(roots.OF_KIND["postgresql"].path)]
    return host.privileged([*chroot, f"/usr/lib/postgresql/17/bin/{name}"])


def furnish(place: Whole) -> None:
    """A quickstart as it is for MySQL, and a dump file of the source."""
    shutil.copytree(states.FIXTURES / "mysql", place.folder / "platform")
    programs.dump(place.source, place.folder / "source.sql", "--single-transaction", place.database)


@contextlib.contextmanager
def answering(place: Whole) -> Iterator[None]:
    """The application's address, which answers well while all writers run."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            well = all(place.runs(writer) for writer in WRITERS)
            self.send_response(200 if well else 503)
            self.end_headers()
            self.wfile.write(b"sells" if well else b"stands still")

        def log_message(self, *_: Any) -> None:
            """Nothing of it is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        place.port = server.server_port
        yield
        server.shutdown()
        thread.join()


__all__ = ("Whole", "answering", "furnish", "postgresql_program")
