# SPDX-License-Identifier: GPL-3.0-or-later
"""A cut-over is done when the servers show it: sessions on PostgreSQL, none on the source, a write that arrives."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support.engine import places
from tests.support.environment.place import WRITERS, Environment

WORKS = "The application works on PostgreSQL."
CLERK = "clerk_of_the_shop"
NOTE = "SELECT count(*) FROM sale WHERE note LIKE 'smoke%'"


def declared(environment: Environment, *, named: bool = True) -> list[dict[str, Any]]:
    """Both writers as services; without names they share an account."""
    return [
        {
            "name": writer,
            "target_users": [environment.target.user],
            "target_databases": [environment.database],
            "source_users": ["root", CLERK],
            "source_databases": [environment.database],
            **({"application_names": [writer]} if named else {}),
        }
        for writer in WRITERS
    ]


def state(environment: Environment) -> str:
    return str(history(environment)[-1]["state"])


def history(environment: Environment) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((environment.run / "cutover.json").read_text("utf-8"))["history"]
    return found


@dataclass
class Shop:
    """The application's address: a sale is a POST."""

    environment: Environment
    forgets: bool = False
    """It answers well and writes nothing."""
    port: int = 0
    posts: list[str] = field(default_factory=list)

    def sell(self, note: str) -> None:
        self.posts.append(note)
        if not self.forgets:
            places.ask(
                self.environment.target,
                self.environment.database,
                f"INSERT INTO sale (note) VALUES ('{note[:20]}')",
            )

    def checks(self) -> list[dict[str, Any]]:
        url = f"http://127.0.0.1:{self.port}/"
        read = {"path": "data.open", "equals": True}
        arrives = {
            "database": self.environment.database,
            "question": "SELECT count(*) FROM sale WHERE note = left('<token>', 20)",
            "timeout": 2,
        }
        return [
            {"name": "open", "service": "server", "url": url, "json": [read]},
            {
                "name": "a sale",
                "service": "server",
                "url": url,
                "method": "POST",
                "body": {"note": "<token>"},
                "arrives": arrives,
            },
        ]


@pytest.fixture
def shop(environment: Environment) -> Iterator[Shop]:
    found = Shop(environment)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({"data": {"open": True}})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.sell(json.loads(body)["note"])
            self._say({"data": {}})

        def _say(self, data: dict[str, Any]) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(data).encode())

        def log_message(self, *_: Any) -> None:
            """Nothing of it is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        found.port = server.server_port
        yield found
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def forgotten_client(environment: Environment) -> Iterator[None]:
    """Somebody of an account of the application, which nobody locked, who is still on the source."""
    seen = replace(environment.source, user=CLERK, password="secret")
    with places.session(seen, environment.database):
        yield


def test_a_cut_over_that_cannot_show_sessions_on_postgresql_is_not_done(environment: Environment) -> None:
    places.ask(
        environment.source,
        None,
        f"CREATE USER IF NOT EXISTS {CLERK} IDENTIFIED BY 'secret'",
        f"GRANT SELECT ON *.* TO {CLERK}",
    )
    services = {"cutover_services": declared(environment), "cutover_sessions_timeout": 3}
    go = {"cutover_decision": "go", **services}
    assert environment.play("migrate", **services).status == 0
    # Nothing turns the writers to PostgreSQL: they start on the frozen source, and end.
    refused = environment.play("cutover", **go, cutover_switch=[])
    assert refused.status != 0
    assert f"server: PostgreSQL shows no session as {environment.target.user}" in refused.message
    assert (
        "The cut-over is not done: mend it and run cutover again, or go back with rollback" in refused.message
    )
    assert WORKS not in refused.output
    assert state(environment) == "begun"

    turned = environment.play("cutover", "--tags", "configuration", **services)
    assert turned.status == 0, turned.output
    for writer in WRITERS:
        subprocess.run(environment.command("start", writer), check=True)
    with forgotten_client(environment):
        refused = environment.play("cutover", "--tags", "smoke", **services)
        assert refused.status != 0
        assert f"still on the source: {CLERK} from" in refused.message
        assert state(environment) == "begun"

    unclear = environment.play(
        "cutover",
        "--tags",
        "smoke",
        cutover_services=declared(environment, named=False),
        cutover_sessions_timeout=1,
    )
    assert "may be of collaboration too: tell them apart by application_names or addresses" in unclear.message
    assert state(environment) == "begun"

    done = environment.play("cutover", "--tags", "smoke", **services)
    assert done.status == 0, done.output
    assert f"{WORKS} PROVED: server: 1 session on PostgreSQL as {environment.target.user}" in done.output
    assert "none left on the source" in done.output
    assert "collaboration: 1 session on PostgreSQL" in done.output
    assert "NOT PROVED: server: a read, since no check of it is declared, a write" in done.output
    assert [one["works"] for one in history(environment)[-1]["findings"]] == [True, True]
    again = environment.play("cutover", **go)
    assert (again.status, again.changed) == (0, 0), again.output
    assert WORKS in again.output


def test_a_service_that_nobody_declared_is_not_said_to_work(environment: Environment) -> None:
    (server, _other) = declared(environment)
    services = {"cutover_services": [server], "cutover_sessions_timeout": 10}
    assert environment.play("migrate", **services).status == 0
    done = environment.play("cutover", **services, cutover_decision="go")
    assert done.status == 0, done.output
    assert "collaboration: its sessions, since cutover_services does not name it" in done.output
    assert "The checks have written nothing: a roll-back loses nothing until somebody writes." in done.output


def test_a_write_through_the_application_has_to_arrive_in_postgresql(
    environment: Environment, shop: Shop
) -> None:
    checks = {
        "cutover_services": declared(environment),
        "cutover_sessions_timeout": 10,
        "cutover_smoke_checks": shop.checks(),
        "cutover_smoke_retries": 2,
    }
    assert environment.play("migrate", **checks).status == 0
    kept = environment.play("cutover", "--tags", "gate,configuration,start", **checks, cutover_decision="go")
    assert kept.status == 0, kept.output

    look = environment.play("cutover", "--tags", "smoke", "--check", **checks)
    assert look.status == 0, look.output
    assert shop.posts == []
    shop.forgets = True
    refused = environment.play("cutover", "--tags", "smoke", **checks)
    assert refused.status != 0
    assert (
        f"server: a sale at http://127.0.0.1:{shop.port}/ answers as it should, and what it wrote is not in"
        in refused.message
    )
    assert state(environment) == "begun"
    (once,) = shop.posts
    shop.forgets = False

    read, write = shop.checks()
    write["arrives"]["question"] = "SELECT true"
    stale = [read, write]
    refused = environment.play("cutover", "--tags", "smoke", **{**checks, "cutover_smoke_checks": stale})
    assert "its question is answered with yes before the request" in refused.message
    assert shop.posts == [once]

    without = environment.play("cutover", "--tags", "smoke", "--check", **checks, cutover_smoke_writes=False)
    assert without.status == 0, without.output
    done = environment.play("cutover", "--tags", "smoke", **checks)
    assert done.status == 0, done.output
    assert "answers as it should (open), what it wrote is in PostgreSQL (a sale)" in done.output
    assert "The checks have written to PostgreSQL: a roll-back loses that." in done.output
    assert places.ask(environment.target, environment.database, NOTE) == [(1,)]
    assert len(set(shop.posts)) == 2
    again = environment.play("cutover", **checks)
    assert (again.status, again.changed) == (0, 0), again.output
    assert "a write, which is done once, before a cut-over is done" in again.output
    assert places.ask(environment.target, environment.database, NOTE) == [(1,)]


def test_caches_are_emptied_once_on_the_way_forth_and_once_back(environment: Environment, shop: Shop) -> None:
    log = environment.folder / "flushed"
    command = ["sh", "-c", f"echo flushed >> {log}"]
    url = f"http://127.0.0.1:{shop.port}/"
    caches = {
        "cutover_caches": [
            {"name": "redis", "command": command},
            {"name": "server", "url": url, "method": "GET"},
        ],
        "cutover_smoke_retries": 1,
    }
    assert environment.play("migrate", **caches).status == 0
    check = environment.play("cutover", "--check", **caches, cutover_decision="go")
    assert check.status == 0, check.output
    assert not log.exists()
    done = environment.play("cutover", **caches, cutover_decision="go")
    assert done.status == 0, done.output
    assert log.read_text() == "flushed\n"
    assert environment.play("cutover", **caches).changed == 0
    lost = {**caches, "cutover_accept_loss": True}
    silent = {"cutover_caches": [{"name": "server", "url": "http://127.0.0.1:9/"}]}
    refused = environment.play("rollback", **{**lost, **silent})
    assert refused.status != 0
    assert "have not emptied their cache: server" in refused.message
    back = environment.play("rollback", **lost)
    assert back.status == 0, back.output
    assert state(environment) == "rolled_back"
