# SPDX-License-Identifier: GPL-3.0-or-later
"""TIMESTAMP into a type without zone: exact where the source's zone is UTC in all years and seasons, else refused."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import zoneinfo
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import PlanError

from tests.support.engine import places
from tests.support.engine.traps import rows, trap
from tests.support.servers.server import Server
from tests.types import generated
from tests.types.case import BOTH

pytestmark = pytest.mark.fault("A7")

# UTC for ever, UTC in winter alone, off UTC for a few years alone, by half an hour, by two hours in summer.
_NAMED = (
    *("UTC", "Africa/Abidjan", "Atlantic/Reykjavik", "Europe/London", "Europe/Lisbon", "Africa/Sao_Tome"),
    *("America/Danmarkshavn", "Africa/Monrovia", "Africa/Casablanca", "Antarctica/Troll", "Asia/Kolkata"),
)
_CHANCE = 4
"""Others, chosen at random."""
_FIRST, _LAST = "1970-01-01 00:00:01", "2038-01-19 03:14:07"
_MOMENTS = (_FIRST, "2018-07-01 12:00:00", "2024-01-15 12:00:00", "2024-07-15 12:00:00", _LAST)


def load(server: Server, names: Sequence[str]) -> None:
    """The zones of this machine in the server's tables, by the program that comes with MySQL."""
    root = next(path for path in server.datadir.parents if (path / "usr/share/zoneinfo").is_dir())
    other = root.parent / "sid"
    statements = []
    for name in names:
        made = subprocess.run(
            ["chroot", str(other), "/usr/bin/mysql_tzinfo_to_sql", f"/usr/share/zoneinfo/{name}", name],
            check=True,
            capture_output=True,
            text=True,
        )
        sql = made.stdout.replace(" Offset,", " `Offset`,")  # a reserved word on MariaDB
        known = f"DELETE FROM time_zone_name WHERE Name = '{name}'"
        statements += [known, *(part.strip() for part in sql.split(";\n") if part.strip())]
    places.ask(server, "mysql", *statements)


def _always_utc(name: str) -> bool:
    """By Python's own reading of the machine's files, on every day of a TIMESTAMP."""
    zone, day = zoneinfo.ZoneInfo(name), dt.timedelta(days=1)
    moment = dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.timezone.utc)
    while moment < dt.datetime(2038, 1, 19, tzinfo=dt.timezone.utc):
        if moment.astimezone(zone).utcoffset():
            return False
        moment += day
    return True


@pytest.fixture
def in_zone(request: pytest.FixtureRequest, family: str) -> Iterator[Server]:
    server: Server = request.getfixturevalue(family)
    yield server
    places.ask(server, None, "SET GLOBAL time_zone = '+00:00'")


def _exact_or_refused(source: Server, target: Server, folder: Path, name: str) -> bool:
    """Whether the zone was taken; what then arrived is what the application saw."""
    places.ask(source, None, f"SET GLOBAL time_zone = '{name}'")
    literals = ", ".join(f"('{moment}')" for moment in _MOMENTS)
    run = trap(
        source, target, folder,
        (
            "CREATE TABLE note (made TIMESTAMP NOT NULL PRIMARY KEY)",
            "SET time_zone = '+00:00'",
            f"INSERT INTO note VALUES {literals}",
        ),
        ("CREATE TABLE note (made timestamp PRIMARY KEY)",),
    )  # fmt: skip
    run.inspect()
    try:
        run.transform()
    except PlanError as error:
        assert "note.made" in str(error) and name in str(error)
        return False
    run.dump()
    run.load()
    run.verify()
    with places.session(source, run.moves[0].source) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT CAST(made AS CHAR) FROM note ORDER BY UNIX_TIMESTAMP(made)")
        seen = [row[0] for row in cursor.fetchall()]
    assert rows(run, "SELECT made::text FROM note ORDER BY made") == [(one,) for one in seen]
    return True


@pytest.mark.parametrize("family", BOTH)
def test_every_zone_is_exact_or_refused(in_zone: Server, postgresql: Server, tmp_path: Path) -> None:
    print(f"CONVERGENCE_SEED={generated.SEED}")
    others = sorted(name for name in zoneinfo.available_timezones() if "/" in name and name not in _NAMED)
    names = [*_NAMED, *random.Random(generated.SEED).sample(others, _CHANCE)]
    load(in_zone, names)
    taken = {
        name: _exact_or_refused(in_zone, postgresql, tmp_path / str(n), name) for n, name in enumerate(names)
    }
    assert taken == {name: _always_utc(name) for name in names}
    assert any(taken.values()) and not taken["Europe/London"]


@pytest.mark.parametrize("family", BOTH)
def test_summer_time_into_a_column_with_a_zone_is_exact(
    in_zone: Server, postgresql: Server, tmp_path: Path
) -> None:
    load(in_zone, ["Europe/London"])
    places.ask(in_zone, None, "SET GLOBAL time_zone = 'Europe/London'")
    run = trap(
        in_zone, postgresql, tmp_path,
        (
            "CREATE TABLE note (id INT NOT NULL PRIMARY KEY, made TIMESTAMP NULL, said DATETIME NULL)",
            "INSERT INTO note VALUES (1, '2024-01-15 12:00:00', '2024-01-15 12:00:00'),"
            " (2, '2024-07-15 12:00:00', '2024-07-15 12:00:00')",
        ),
        ("CREATE TABLE note (id integer PRIMARY KEY, made timestamptz, said timestamp)",),
    )  # fmt: skip
    assert run.all().report["verdict"] == "equal"
    assert rows(
        run, "SELECT (made AT TIME ZONE 'Europe/London')::text, said::text FROM note ORDER BY id"
    ) == [
        ("2024-01-15 12:00:00", "2024-01-15 12:00:00"),
        ("2024-07-15 12:00:00", "2024-07-15 12:00:00"),
    ]


@pytest.mark.parametrize("family", BOTH)
def test_a_rule_can_say_which_wall_clock_is_meant(
    in_zone: Server, postgresql: Server, tmp_path: Path
) -> None:
    load(in_zone, ["Europe/London"])
    places.ask(in_zone, None, "SET GLOBAL time_zone = 'Europe/London'")
    run = trap(
        in_zone, postgresql, tmp_path,
        (
            "CREATE TABLE note (id INT NOT NULL PRIMARY KEY, made TIMESTAMP NOT NULL)",
            "INSERT INTO note VALUES (1, '2024-01-15 12:00:00'), (2, '2024-07-15 12:00:00')",
        ),
        ("CREATE TABLE note (id integer PRIMARY KEY, made timestamp NOT NULL)",),
        {"columns": [{"column": "made", "expression": "CONVERT_TZ(made, '+00:00', 'Europe/London')"}]},
    )  # fmt: skip
    assert run.all().report["verdict"] == "equal"
    assert rows(run, "SELECT made::text FROM note ORDER BY id") == [
        ("2024-01-15 12:00:00",),
        ("2024-07-15 12:00:00",),
    ]
