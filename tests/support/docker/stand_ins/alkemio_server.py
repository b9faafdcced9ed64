# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the Alkemio server, for tests. NOT the server.

    python alkemio_server.py serve DIRECTORY
        writes to the platform's database all the time, and answers on port 4000
    python alkemio_server.py migrate DIRECTORY --schema FILE
        makes what the migrations leave in an empty PostgreSQL, that of DIRECTORY or the one that ALKEMIO_TARGET names

It takes its settings as the server does: alkemio.yml in DIRECTORY names variables, .env.docker has their values. While
the file names port 3306 it speaks MySQL, as the last release for it did, else PostgreSQL. Like the server it looks
into the database of Kratos too, with the same login.

    GET  /rest/health    200 while the database answers
    GET  /report         which database, how many spaces, and how many identities Kratos has
    POST /edit           a row of its own, with the id that the body names
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import yaml

EVERY = 0.3  # seconds between two rows
PORT = 4000


class Settings:
    """What alkemio.yml says, with the values of the environment file."""

    def __init__(self, folder: Path) -> None:
        lines = (folder / ".env.docker").read_text("utf-8").splitlines()
        pairs = [line.partition("=")[::2] for line in lines if re.match(r"\w+=", line)]
        self._variables: dict[str, str] = {}
        for name, value in pairs:
            self._variables[name] = self._filled(value.strip("'\""))
        document = yaml.safe_load((folder / "alkemio.yml").read_text("utf-8"))
        self.database = {name: self._value(text) for name, text in document["storage"]["database"].items()}
        self.kratos = self._variables.get("KRATOS_DB_DATABASE", "kratos")

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda found: self._variables.get(found[1], ""), text)

    def _value(self, text: object) -> str:
        """A variable with a default, or a plain value."""
        found = re.fullmatch(r"\$\{(\w+)\}:(.*)", str(text))
        return self._variables.get(found[1], found[2]) if found else str(text)

    @property
    def kind(self) -> str:
        return "mysql" if self.database["port"] == "3306" else "postgresql"

    def connect(self, database: str | None = None) -> Any:
        login: dict[str, Any] = {
            "host": self.database["host"],
            "port": int(self.database["port"]),
            "user": self.database["username"],
            "password": self.database["password"],
            "connect_timeout": 5,
            "autocommit": True,
        }
        if self.kind == "mysql":
            return pymysql.connect(database=database or self.database["database"], **login)
        return psycopg.connect(dbname=database or self.database["database"], **login)


class Application:
    """One session, as a pool of one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._session: Any = None

    def ask(self, statement: str, *values: object, database: str | None = None) -> list[tuple[Any, ...]]:
        """Rows of a statement; a session that broke is made anew the next time."""
        if database:
            with self.settings.connect(database) as session, session.cursor() as cursor:
                cursor.execute(statement, values or None)
                return list(cursor.fetchall())
        with self._lock:
            try:
                self._session = self._session or self.settings.connect()
                with self._session.cursor() as cursor:
                    cursor.execute(statement, values or None)
                    return list(cursor.fetchall()) if statement.startswith("SELECT") else []
            except (pymysql.Error, psycopg.Error):
                self._session = None
                raise

    def write(self, identity: str) -> None:
        mark = "`" if self.settings.kind == "mysql" else '"'
        columns = ", ".join(f"{mark}{name}{mark}" for name in ("id", "version", "createdDate", "updatedDate"))
        self.ask(f"INSERT INTO lifecycle ({columns}) VALUES (%s, 1, now(), now())", identity)

    def write_for_ever(self) -> None:
        while True:
            try:
                self.write(str(uuid.uuid4()))
            except (pymysql.Error, psycopg.Error) as error:
                print(f"cannot write: {error.__class__.__name__}", flush=True)
            time.sleep(EVERY)

    def report(self) -> dict[str, object]:
        return {
            "database": self.settings.kind,
            "spaces": self.ask("SELECT count(*) FROM space")[0][0],
            "identities": self.ask("SELECT count(*) FROM identities", database=self.settings.kratos)[0][0],
        }


class Handler(BaseHTTPRequestHandler):
    """One request."""

    application: Application

    def do_GET(self) -> None:
        try:
            report = self.application.report()
        except (pymysql.Error, psycopg.Error) as error:
            self._answer(503, {"error": error.__class__.__name__})
        else:
            self._answer(200, report if self.path == "/report" else {"healthy": True})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self.application.write(str(uuid.UUID(body["id"])))
        except (pymysql.Error, psycopg.Error) as error:
            self._answer(503, {"error": error.__class__.__name__})
        else:
            self._answer(201, {"written": True})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Silent."""


def serve(folder: Path) -> None:
    application = Application(Settings(folder))
    threading.Thread(target=application.write_for_ever, daemon=True).start()
    server = ThreadingHTTPServer(("0.0.0.0", PORT), type("Bound", (Handler,), {"application": application}))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


def migrate(folder: Path, schema: Path) -> None:
    """Once; a database that has the tables is left alone."""
    target = os.environ.get("ALKEMIO_TARGET")
    with psycopg.connect(target) if target else Settings(folder).connect() as session:
        if session.execute("SELECT to_regclass('migrations_typeorm')").fetchall() == [(None,)]:
            session.execute(schema.read_text("utf-8"))
            print("migrated")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("serve", "migrate"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--schema", type=Path)
    options = parser.parse_args()
    if options.verb == "serve":
        serve(options.folder)
    else:
        migrate(options.folder, options.schema)
    return 0


if __name__ == "__main__":
    sys.exit(main())
