# SPDX-License-Identifier: GPL-3.0-or-later
"""postgresql_schema_check as an operator runs it: written once, shown in check mode, compared, and reported."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from tests.support.engine import places
from tests.support.playbooks import ansible
from tests.support.servers.server import Server


@dataclass(frozen=True)
class Place:
    """A database with a table, and a folder for contracts."""

    server: Server
    database: str
    folder: Path

    @property
    def contract(self) -> Path:
        return self.folder / "contract.json"

    def ask(self, *statements: str) -> None:
        places.ask(self.server, self.database, *statements)

    def run(self, *words: str, **options: Any) -> ansible.Run:
        """The module as a task on this host."""
        login = {name: getattr(self.server, name) for name in ("host", "port", "user", "password")}
        task = {
            "name": "Look at the schema",
            "alkemio.convergence.postgresql_schema_check": {
                **{f"login_{name}": value for name, value in login.items()},
                "database": self.database,
                "contract": str(self.contract),
                **options,
            },
        }
        file = self.folder / "play.json"
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        play = {"name": "Look", "hosts": "localhost", "gather_facts": False, "vars": host, "tasks": [task]}
        file.write_text(json.dumps([play]))
        return ansible.of_checkout()("ansible-playbook", "-i", "localhost,", file, *words)


@pytest.fixture
def place(postgresql: Server, tmp_path: Path) -> Iterator[Place]:
    database = places.new_target(postgresql, "held")
    made = Place(postgresql, database, tmp_path)
    made.ask("CREATE TABLE item (id integer PRIMARY KEY, name text NOT NULL)")
    yield made
    places.drop(postgresql, database)


def test_a_contract_is_written_once_and_check_mode_shows_the_difference(place: Place) -> None:
    announced = place.run("--check", "--diff", state="present")
    assert (announced.status, announced.changed, place.contract.exists()) == (0, 1, False), announced.output
    assert '"public.item": {' in announced.output
    written = place.run(state="present")
    assert (written.status, written.changed) == (0, 1), written.output
    again = place.run("--diff", state="present")
    assert (again.status, again.changed) == (0, 0), again.output
    text = place.contract.read_text()

    place.ask("ALTER TABLE item ALTER name DROP NOT NULL")
    shown = place.run("--check", "--diff", state="present")
    assert (shown.status, shown.changed) == (0, 1), shown.output
    assert re.search(r'^- +"not_null": true', shown.output, re.M)
    assert place.contract.read_text() == text


def test_a_schema_that_deviates_fails_with_reports(place: Place) -> None:
    assert place.run(state="present").status == 0
    reports = {name: str(place.folder / f"schema.{name}") for name in ("junit", "markdown")}
    first, second = place.run(**reports), place.run(**reports)
    assert (first.status, first.changed, second.status, second.changed) == (0, 1, 0, 0), second.output

    place.ask("ALTER TABLE item ALTER name DROP NOT NULL", "COMMENT ON TABLE item IS 'x'")
    text = Path(reports["markdown"]).read_text()
    foreseen = place.run("--check", **reports)
    assert foreseen.status != 0
    assert Path(reports["markdown"]).read_text() == text
    refused = place.run(**reports)
    assert refused.message == (
        f"The schema of {place.database} deviates from its contract {place.contract}: column public.item.name, "
        "not null: before 'yes', now nothing. Correct the schema; or, where the schema is right, write the contract "
        "again with state=present."
    )
    assert "SchemaDeviates" in refused.output
    suite = Xml.parse(reports["junit"]).getroot()[0]
    assert suite.get("failures") == "1"
    assert "| `column_not_null` | column public.item.name | true |" in Path(reports["markdown"]).read_text()


def test_what_fails_is_the_operators_choice(place: Place) -> None:
    assert place.run(state="present").status == 0
    place.ask("COMMENT ON TABLE item IS 'x'")
    assert place.run().status == 0
    assert "table public.item, comment: before nothing, now 'x'" in place.run(fail_on="info").message
    assert place.run(severities={"*_comment": "error"}, fail_on="error").status != 0
    assert place.run(fail_on="info", ignore=["*_comment"]).status == 0
    wrong = place.run(ignore=["tabel_*"])
    assert wrong.message == "There is no kind of deviation tabel_*. docs/schema-contract.md lists them all."


def test_what_is_not_there_is_named(place: Place) -> None:
    assert place.run().message == (
        f"The contract {place.contract} does not exist. Write it from a schema that is right, with state=present."
    )
    assert "The database has no schema other." in place.run(state="present", schemas=["other"]).message
    assert not place.contract.exists()
