# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors are forced, and no message tells a password, a token or a value of a row."""

from __future__ import annotations

import json
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _module
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ConvergenceError, unforeseen
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as source_side
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection as target_side
from pymysql.err import DataError, IntegrityError, OperationalError, ProgrammingError

from tests.security import shop
from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

SECRET = "anna.geheim@example.org"


class Left(Exception):
    """The module has ended."""


class FakeModule:
    """Keeps what a module would print, with what Ansible would find in the state of the interpreter."""

    _diff = False

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def fail_json(self, **values: Any) -> None:
        self.said = {**values, "chain": traceback.format_exc()}
        raise Left

    exit_json = fail_json


def said_by(verb: Any) -> dict[str, Any]:
    module = FakeModule()
    with pytest.raises(Left):
        _module.run(module, (), verb)  # type: ignore[arg-type]
    return module.said


@pytest.mark.parametrize(
    "check",
    [
        "CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN $1 NOT LIKE 'anna%'; END$$",
        "CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE plpgsql AS"
        " $$BEGIN IF $1 LIKE 'anna%' THEN RAISE EXCEPTION 'never %', $1; END IF; RETURN true; END$$",
        "CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE plpgsql AS"
        " $$BEGIN RETURN $1 NOT LIKE 'anna%' OR $1::integer > 0; END$$",
        "CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE plpgsql AS"
        " $$BEGIN RETURN $1 NOT LIKE 'anna%' OR repeat('9', 12)::bigint::integer > 0; END$$",
    ],
    ids=["a constraint", "an exception", "a cast", "a range"],
)
def test_a_row_that_the_target_refuses_is_named_without_its_values(moving: Migration, check: str) -> None:
    database = moving.move("shop").target
    moving.dump()
    places.ask(moving.target, database, check)
    places.ask(
        moving.target, database, "ALTER TABLE customer ADD CONSTRAINT fine CHECK (public.fine(email::text))"
    )
    moving.inspect()
    moving.transform()
    moving.dump(restart=True)
    said = said_by(moving.load)
    assert said["msg"].startswith("The target refused a row of customer, row 1 of 0000-000000.copy.zst")
    assert "Correct the cause and run the same command again" in said["msg"]
    text = json.dumps(said, default=str)
    assert not [value for value in (*shop.PERSONAL, "999999", moving.target.password) if value in text]
    assert "psycopg" not in said["chain"]
    files = b"".join(path.read_bytes() for path in moving.run.iterdir() if path.is_file())
    assert SECRET.encode() not in files


def test_a_wrong_password_is_not_repeated(mariadb: Server, mysql: Server, postgresql: Server) -> None:
    wrong = "wrong-password-of-somebody"
    for server in (mariadb, mysql):
        migration = Migration(replace(server, password=wrong), postgresql, Path("/nowhere"), [])
        said = said_by(lambda move=migration: session(move))
        assert "refused the login of user 'admin' (error 1045). Check login_user" in said["msg"]
        assert wrong not in json.dumps(said)
    migration = Migration(mariadb, replace(postgresql, password=wrong), Path("/nowhere"), [])
    said = said_by(lambda: postgresql_session(migration))
    assert "refused the login of role 'admin'. Check login_user" in said["msg"]
    assert wrong not in json.dumps(said)
    assert wrong not in repr(migration.target_login)


def session(migration: Migration) -> Any:
    return source_side.connect(migration.source_login)


def postgresql_session(migration: Migration) -> Any:
    return target_side.connect(migration.target_login, "postgres", "test")


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError(1062, f"Duplicate entry '{SECRET}' for key 'customer_email'"),
        DataError(1366, f"Incorrect string value: '{SECRET}' for column `shop`.`customer`.`email` at row 1"),
        OperationalError(1292, f"Truncated incorrect DOUBLE value: '{SECRET}'"),
        ProgrammingError(1064, f"You have an error in your SQL syntax near 'x = 'it's {SECRET}'' at line 1"),
        OperationalError(
            3140, f'Invalid JSON text: "Invalid value." at position 0 in value for column "{SECRET}"'
        ),
    ],
)
def test_what_the_source_quotes_is_left_out(error: Exception) -> None:
    text = str(source_side.translate(error))
    assert SECRET not in text
    assert f"error {error.args[0]}" in text


def test_names_of_objects_are_kept() -> None:
    text = str(source_side.translate(ProgrammingError(1146, "Table 'shop.nothing' doesn't exist")))
    assert "Table 'shop.nothing' doesn't exist" in text


def test_an_error_that_nobody_foresaw_tells_its_place_alone() -> None:
    def verb() -> Any:
        try:
            raise psycopg.Error(f"DETAIL: Failing row contains (1, {SECRET})")
        except psycopg.Error as error:
            raise KeyError(SECRET) from error

    said = said_by(verb)
    assert SECRET not in json.dumps(said)
    assert "An unforeseen error, KeyError in test_messages.py:" in said["msg"]
    assert said["trace"]


def test_what_the_operating_system_says_is_kept() -> None:
    error = unforeseen(OSError(28, "No space left on device", "/var/lib/run/journal.jsonl"))
    assert "No space left on device: /var/lib/run/journal.jsonl" in str(error)
    assert isinstance(error, ConvergenceError)
