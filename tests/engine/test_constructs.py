# SPDX-License-Identifier: GPL-3.0-or-later
"""Each construct that the scan puts to the source, row by row: the source's answer is PostgreSQL's own.

One table of random rows lies on both servers. For every row that the translation calls sure, the value of the condition
(true, false or NULL) has to be the target's.
"""

from __future__ import annotations

import os
import random
import secrets
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.bound import Bound
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory
from ansible_collections.alkemio.convergence.plugins.module_utils._scan import demands, meaning
from ansible_collections.alkemio.convergence.plugins.module_utils._scan.leaf import (
    Language,
    NotTheSame,
    Scope,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import source_sql

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.engine.random_schema import KINDS, LABELS
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("D")

ROWS = 400
TEXTS = next(kind.values for kind in KINDS if kind.flavour == "text")
SHORT = next(kind.values for kind in KINDS if kind.flavour == "char")
COLUMNS: dict[str, tuple[str, str, list[Any]]] = {
    "a": ("varchar(40) COLLATE utf8mb4_unicode_ci", "varchar(40)", list(TEXTS)),
    "b": ("text COLLATE utf8mb4_general_ci", "text", list(TEXTS)),
    "c": ("varchar(40)", 'text COLLATE "C"', list(TEXTS)),
    "ch": ("char(6)", "char(6)", list(SHORT)),
    "ci": ("varchar(40) COLLATE utf8mb4_bin", "citext", list(TEXTS)),
    "n": ("int", "integer", [-7, -2, -1, 0, 1, 2, 3, 2147483647, -2147483648]),
    "s": ("smallint", "smallint", [-3, 0, 1, 2, 32767, -32768]),
    "g": ("bigint", "bigint", [-2, 0, 1, 5, 9223372036854775807, -9223372036854775808]),
    "p": ("int unsigned", "bigint", [0, 1, 2, 4294967295]),
    "d": ("decimal(8,3)", "numeric(8,3)", [Decimal("-1.5"), Decimal(0), Decimal("2.125"), Decimal(3)]),
    "f": ("double", "double precision", [-1.5, 0.0, 2.0, 3.25]),
    "day": ("date", "date", [date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29)]),
    "at": ("datetime(6)", "timestamp", [datetime(2023, 12, 31, 23, 59, 59, 999999), datetime(2024, 1, 1)]),
    "z": ("timestamp(6)", "timestamptz", [datetime(2024, 1, 1), datetime(2024, 7, 1, 12, 0, 0, 5)]),
    "yes": ("tinyint(1)", "boolean", [0, 1]),
    "u": (
        "char(36)",
        "uuid",
        ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000F"],
    ),
    "e": (f"enum{LABELS!r}", "state", list(LABELS)),
    "x": ("varbinary(9)", "bytea", [b"", b"a", b"\xff\x00"]),
}
ASKED = {
    "equality of text": "a = b",
    "inequality of text": "a <> b",
    "text and a constant": "a = 'New'",
    "a constant with blanks": "a <> ' '",
    "one of several texts": "a IN ('new', 'done', '')",
    "none of several texts": "a NOT IN ('new', 'a')",
    "an array constant": "a = ANY ('{new,done}'::text[])",
    "text that is distinct": "a IS DISTINCT FROM b",
    "char(n) and text": "ch = b",
    "char(n) and its constant": "ch = 'ab'",
    "length of char(n)": "length(ch) = 2",
    "order by bytes": "c < 'a'",
    "order of two by bytes": 'c >= (a COLLATE "C")',
    "small letters": "a = lower(a)",
    "capital letters": "upper(b) = 'A'",
    "citext": "ci = 'AB'",
    "citext and text": "ci <> a::citext",
    "one of several in citext": "ci IN ('new', 'AB')",
    "length in characters": "length(a) <= 2",
    "char_length": "char_length(b) > 1",
    "length in bytes": "octet_length(a) = 2",
    "length of bytes": "length(x) > 0",
    "bytes": "x = '\\x61'",
    "trimmed": "btrim(a) <> ''",
    "trimmed in SQL's words": "TRIM(BOTH FROM a) = a",
    "trimmed at one end": "ltrim(a) = rtrim(a)",
    "joined": "(a || b) <> ''",
    "beginning": "left(a, 1) = 'a'",
    "end": "right(a, 2) = 'ab'",
    "place of a text": "strpos(a, 'b') > 1",
    "place in SQL's words": "position('a' IN b) = 1",
    "like": "a LIKE 'a%'",
    "like with one character": "a LIKE '_b'",
    "not like": "b NOT LIKE '%é%'",
    "letters alone": "a ~ '^[a-z]+$'",
    "not letters": "b !~ '^[A-Za-z0-9._-]*$'",
    "any one character": "a ~ '^.$'",
    "the end of a text": "a ~ 'a$'",
    "alternatives": "a ~ '^(new|done)$'",
    "counted repeats": "a ~ 'a{2}'",
    "a literal point": "a ~ 'x@y\\.z'",
    "whole numbers": "n < g",
    "of two widths": "s <> n",
    "unsigned": "p > n",
    "with a point": "d >= 2.125",
    "whole and with a point": "d = n",
    "doubles": "f < 2",
    "sum": "(n + 1) > 0",
    "sum of small ones": "(s + s) > 0",
    "difference": "(g - n) >= 0",
    "product": "(n * 2) < 7",
    "product that is nothing": "(n * (-1)) <> 0",
    "product of two columns": "(n * s) = 0",
    "difference that is nothing": "(n - n) = 0",
    "sum that is nothing": "(n + s) <> 0",
    "remainder": "(n % 2) = 1",
    "remainder by a column": "(n % s) = 0",
    "remainder of the least by itself": "(n % (-2147483648)) <> 0",
    "remainder by -1": "(g % (-1)) = 0",
    "between": "n BETWEEN -1 AND 2",
    "dates": "day >= '2024-01-01'",
    "date and time": "at < '2024-01-01'",
    "date and a time": "day < at",
    "day of a time": "at::date = day",
    "instants": "z = '2024-07-01 12:00:00.000005+00'",
    "truth": "yes",
    "not true": "yes IS NOT TRUE",
    "false": "yes = false",
    "uuid": "u = '00000000-0000-4000-8000-00000000000f'",
    "label": "e = 'new'",
    "labels": "e IN ('done', 'Neu')",
    "label as text": "e::text = lower(e::text)",
    "null": "a IS NULL OR n IS NOT NULL",
    "and, or, not": "NOT (a = b AND (n > 0 OR yes))",
    "coalesce": "coalesce(a, b, '') <> ''",
    "nullif": "nullif(a, 'a') IS NULL",
    "case": "CASE WHEN n > 0 THEN a ELSE b END = 'ab'",
    "case of a value": "CASE n WHEN 1 THEN 'one' WHEN 2 THEN 'two' END = 'one'",
    "how many are null": "num_nulls(a, n, day) < 2",
    "number as text": "n::text = a",
}
NOT_ASKED = {
    "order of text": '(a COLLATE "en-x-icu") < b',
    "order of an enum": "e > 'new'",
    "division": "(n / 2) > 0",
    "arithmetic with a point": "(d + 1) > 2",
    "arithmetic on dates": "(day + 1) > '2024-01-01'",
    "a part of a date": "extract(year FROM day) = 2024",
    "like in any case": "a ILIKE 'A%'",
    "a pattern in any case": "a ~* 'a'",
    "classes of letters": "a ~ '[[:alpha:]]'",
    "a repeated group": "a ~ '^(ab)+$'",
    "an unknown function": "reverse(a) = b",
    "a cut text": "a::varchar(2) = b",
}


@pytest.fixture(params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("CONVERGENCE_SEED") or secrets.randbelow(1 << 32))


def made(source: Server, target: Server, folder: Path, seed: int) -> Migration:
    """The table with all conditions as its CHECKs, and beside it on the target the rows without them."""
    print(f"seed {seed}")
    dice = random.Random(seed)
    rows = [
        (
            number,
            *(None if dice.random() < 0.1 else dice.choice(values) for _s, _t, values in COLUMNS.values()),
        )
        for number in range(ROWS)
    ]
    left, right = places.new_source(source, "constructs"), places.new_target(target, "constructs")
    marks = ", ".join(["%s"] * (len(COLUMNS) + 1))
    with places.session(source, left) as session, session.cursor() as cursor:
        columns = ", ".join(f"`{name}` {kind} NULL" for name, (kind, _target, _values) in COLUMNS.items())
        cursor.execute(f"CREATE TABLE t (id int NOT NULL PRIMARY KEY, {columns})")
        cursor.executemany(f"INSERT INTO t VALUES ({marks})", rows)
    with places.session(target, right) as session:
        columns = ", ".join(f'"{name}" {kind}' for name, (_source, kind, _values) in COLUMNS.items())
        session.execute("CREATE EXTENSION citext")
        session.execute(f"CREATE TYPE state AS ENUM {LABELS!r}")
        session.execute(f"CREATE TABLE t (id integer PRIMARY KEY, {columns})")
        session.execute("CREATE SCHEMA beside")
        session.execute(f"CREATE TABLE beside.bare (id integer PRIMARY KEY, {columns})")
        for number, condition in enumerate({**ASKED, **NOT_ASKED}.values()):
            session.execute(f"ALTER TABLE t ADD CONSTRAINT k{number} CHECK ({condition})")
        session.cursor().executemany(
            f"INSERT INTO beside.bare VALUES ({marks})", [_there(row) for row in rows]
        )
    return Migration(source, target, folder / "run", [Move("constructs", left, right)]).prepare()


def _there(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """What the target holds of a row."""
    found = dict(zip(["id", *COLUMNS], row, strict=True))
    found["yes"] = None if found["yes"] is None else bool(found["yes"])
    found["z"] = found["z"] and found["z"].replace(tzinfo=timezone.utc)
    return tuple(found.values())


def test_each_construct_means_the_same_for_every_row(
    source: Server, postgresql: Server, tmp_path: Path, seed: int
) -> None:
    run = made(source, postgresql, tmp_path, seed)
    bound = Bound(RunDirectory(str(run.run)))
    (plan,) = bound.databases
    table = plan.table("t")
    scope = Scope.of(table, Language.of(bound.target_catalog.databases[plan.target_name]))
    checks = dict(table.target.checks)
    connection = mysql.connect(run.source_login)
    mysql.use(connection, plan.source_name)
    wrong, unsure = [], []
    with places.session(postgresql, run.moves[0].target) as right:
        for number, (name, condition) in enumerate(ASKED.items()):
            found = meaning.condition(demands.bare(checks[f"k{number}"]), scope)
            sure = " AND ".join(sorted(found.sure)) or "TRUE"
            asked = f"SELECT id, ({sure}), ({found.sql}) {source_sql.origin(plan.source_name, table)}"
            here = {row[0]: row[2] for row in mysql.query(connection, asked) if row[1]}
            there = dict(_answers(right, condition))
            if not here:
                unsure.append(name)
            for row, value in here.items():
                answer = None if value is None else bool(value)
                if answer is not there.get(row, "an error"):
                    wrong.append(
                        f"{name} ({condition}), row {row}: {answer} and {there.get(row, 'an error')}"
                    )
    connection.close()
    assert wrong == [], f"seed {seed}"
    assert unsure == []


def _answers(session: Any, condition: str) -> list[tuple[int, bool | None]]:
    """PostgreSQL's answer for each row; none where it ends in an error."""
    session.execute(
        "CREATE OR REPLACE FUNCTION pg_temp.ask(place integer, OUT answer boolean) LANGUAGE plpgsql AS $f$ "
        f"BEGIN SELECT ({condition}) INTO answer FROM beside.bare WHERE id = place; END $f$"
    )
    session.execute("CREATE TEMP TABLE IF NOT EXISTS answered (id integer, answer boolean)")
    session.execute("TRUNCATE answered")
    session.execute(
        "DO $d$ DECLARE place integer; BEGIN FOR place IN SELECT id FROM beside.bare LOOP BEGIN "
        "INSERT INTO answered SELECT place, pg_temp.ask(place); "
        "EXCEPTION WHEN data_exception THEN NULL; END; END LOOP; END $d$"
    )
    return list(session.execute("SELECT id, answer FROM answered").fetchall())


def test_what_means_something_else_is_not_asked(
    source: Server, postgresql: Server, tmp_path: Path, seed: int
) -> None:
    run = made(source, postgresql, tmp_path, seed)
    bound = Bound(RunDirectory(str(run.run)))
    table = bound.databases[0].table("t")
    scope = Scope.of(table, Language.of(bound.target_catalog.databases[run.moves[0].target]))
    checks = dict(table.target.checks)
    for number, name in enumerate(NOT_ASKED, len(ASKED)):
        with pytest.raises(NotTheSame):
            pytest.fail(f"{name}: {meaning.condition(demands.bare(checks[f'k{number}']), scope)}")
