# SPDX-License-Identifier: GPL-3.0-or-later
"""What the audit of migrations says of SQL, asked of the servers: the words, the examples, the rewritten statements."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pymysql
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._audit import constructs, words

from tests.support.servers.server import Server
from tests.unit.audit.examples import EXAMPLES, PORTABLE, TABLES, TARGET, Example
from tests.unit.audit.test_constructs import judged

SYNTAX = 1064
REWRITTEN = [one for one in EXAMPLES if one.rewritten is not None]
OF_5_7 = words.listed(
    "ACCESSIBLE ADD ALL ALTER ANALYZE AND AS ASC ASENSITIVE BEFORE BETWEEN BIGINT BINARY BLOB BOTH BY "
    "CALL CASCADE CASE CHANGE CHAR CHARACTER CHECK COLLATE COLUMN CONDITION CONSTRAINT CONTINUE CONVERT "
    "CREATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATABASE DATABASES "
    "DAY_HOUR DAY_MICROSECOND DAY_MINUTE DAY_SECOND DEC DECIMAL DECLARE DEFAULT DELAYED DELETE DESC "
    "DESCRIBE DETERMINISTIC DISTINCT DISTINCTROW DIV DOUBLE DROP DUAL EACH ELSE ELSEIF ENCLOSED ESCAPED "
    "EXISTS EXIT EXPLAIN FALSE FETCH FLOAT FLOAT4 FLOAT8 FOR FORCE FOREIGN FROM FULLTEXT GENERATED GET "
    "GRANT GROUP HAVING HIGH_PRIORITY HOUR_MICROSECOND HOUR_MINUTE HOUR_SECOND IF IGNORE IN INDEX INFILE "
    "INNER INOUT INSENSITIVE INSERT INT INT1 INT2 INT3 INT4 INT8 INTEGER INTERVAL INTO IO_AFTER_GTIDS "
    "IO_BEFORE_GTIDS IS ITERATE JOIN KEY KEYS KILL LEADING LEAVE LEFT LIKE LIMIT LINEAR LINES LOAD "
    "LOCALTIME LOCALTIMESTAMP LOCK LONG LONGBLOB LONGTEXT LOOP LOW_PRIORITY MATCH MAXVALUE MEDIUMBLOB "
    "MEDIUMINT MEDIUMTEXT MIDDLEINT MINUTE_MICROSECOND MINUTE_SECOND MOD MODIFIES NATURAL NOT "
    "NO_WRITE_TO_BINLOG NULL NUMERIC ON OPTIMIZE OPTIMIZER_COSTS OPTION OPTIONALLY OR ORDER OUT OUTER "
    "OUTFILE PARTITION PRECISION PRIMARY PROCEDURE PURGE RANGE READ READS READ_WRITE REAL REFERENCES "
    "REGEXP RELEASE RENAME REPEAT REPLACE REQUIRE RESIGNAL RESTRICT RETURN REVOKE RIGHT RLIKE SCHEMA "
    "SCHEMAS SECOND_MICROSECOND SELECT SENSITIVE SEPARATOR SET SHOW SIGNAL SMALLINT SPATIAL SPECIFIC SQL "
    "SQLEXCEPTION SQLSTATE SQLWARNING SQL_BIG_RESULT SQL_CALC_FOUND_ROWS SQL_SMALL_RESULT SSL STARTING "
    "STORED STRAIGHT_JOIN TABLE TERMINATED THEN TINYBLOB TINYINT TINYTEXT TO TRAILING TRIGGER TRUE UNDO "
    "UNION UNIQUE UNLOCK UNSIGNED UPDATE USAGE USE USING UTC_DATE UTC_TIME UTC_TIMESTAMP VALUES VARBINARY "
    "VARCHAR VARCHARACTER VARYING VIRTUAL WHEN WHERE WHILE WITH WRITE XOR YEAR_MONTH ZEROFILL"
)
"""What MySQL reserved in 5.7 and reserves still."""
NOT_OF_MARIADB = ("DROP CHECK", "ALGORITHM=INPLACE")
"""Statements that only MySQL takes; MariaDB has DROP CONSTRAINT, and adds no first column in place."""


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def source(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(request.param)
    return server


@contextmanager
def on_source(server: Server) -> Iterator[Any]:
    """A cursor in a database of its own that has the tables of the examples."""
    name = f"audit_{secrets.token_hex(4)}"
    with pymysql.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, autocommit=True
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            cursor.execute(f"USE {name}")
            for statement in TABLES:
                cursor.execute(statement)
            yield cursor
        finally:
            cursor.execute(f"DROP DATABASE {name}")


@contextmanager
def on_target(server: Server) -> Iterator[psycopg.Cursor[Any]]:
    """The same on PostgreSQL, in a transaction that is rolled back."""
    with psycopg.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, dbname="postgres"
    ) as connection:
        name = f"audit_{secrets.token_hex(4)}"
        connection.execute(f"CREATE SCHEMA {name}")
        connection.execute(f"SET LOCAL search_path = {name}")
        for statement in TARGET:
            connection.execute(statement)
        yield connection.cursor()
        connection.rollback()


def of_mysql(example: Example) -> bool:
    """Whether MariaDB does not take the statement."""
    return any(words in example.sql for words in NOT_OF_MARIADB)


def compare(source: Server, postgresql: Server, example: Example) -> None:
    """Run both forms, each on its server: the same answer, and the same rows afterwards."""
    with on_source(source) as old, on_target(postgresql) as new:
        for statement in example.before:
            old.execute(statement)
            new.execute(statement)
        had = _rows(old, filled(example.sql))
        has = _rows(new, filled(example.rewritten or ""))
        if example.answers:
            assert sorted(map(repr, has)) == sorted(map(repr, had))
            for table in ("thing", "other"):
                kept = f"SELECT id FROM {table} ORDER BY id"
                assert _rows(new, kept) == _rows(old, kept)


def filled(statement: str) -> str:
    """The statement with values for its parameters, however they are written."""
    for number, value in ((1, "1"), (2, "10")):
        statement = statement.replace("?", value, 1).replace(f"${number}", value)
    return statement


@pytest.mark.parametrize("example", [one for one in REWRITTEN if not of_mysql(one)], ids=lambda one: one.sql)
def test_a_rewritten_statement_does_on_postgresql_what_the_old_one_does(
    source: Server, postgresql: Server, example: Example
) -> None:
    compare(source, postgresql, example)


@pytest.mark.parametrize("example", [one for one in REWRITTEN if of_mysql(one)], ids=lambda one: one.sql)
def test_a_rewritten_statement_does_what_the_old_one_does_that_only_mysql_takes(
    mysql: Server, postgresql: Server, example: Example
) -> None:
    compare(mysql, postgresql, example)


@pytest.mark.parametrize("example", PORTABLE, ids=lambda one: one.sql)
def test_what_the_audit_leaves_as_it_is_runs_on_postgresql(postgresql: Server, example: Example) -> None:
    with on_target(postgresql) as cursor:
        cursor.execute(example.sql)


def test_what_is_found_in_a_statement_that_runs_is_only_a_note(postgresql: Server) -> None:
    """And the other way round: an example with nothing but notes is taken by PostgreSQL as it is."""
    noted = [one for one in EXAMPLES if one.found and judged(one.sql).severity == constructs.NOTE]
    assert noted
    for example in noted:
        with on_target(postgresql) as cursor:
            for statement in example.before_there or example.before:
                cursor.execute(statement.replace("`", ""))
            cursor.execute(example.sql)


def test_every_example_is_a_statement_of_mysql(mysql: Server) -> None:
    refused = []
    with on_source(mysql) as cursor:
        for example in EXAMPLES:
            try:
                cursor.execute("PREPARE example FROM %s", (example.sql,))
            except pymysql.MySQLError as error:
                if error.args[0] == SYNTAX and example.sql not in NOT_PREPARED:
                    refused.append(f"{example.sql}: {error.args[1]}")
    assert refused == []


NOT_PREPARED = (
    "PREPARE said FROM 'SELECT 1'",
    "INSERT INTO other (id, label) VALUES ?",
    "SELECT id FROM library",
)
"""Not to be nested, filled by the driver, and reserved on this server: the example of that."""


def test_the_words_that_postgresql_reserves_are_those_of_the_server(postgresql: Server) -> None:
    with on_target(postgresql) as cursor:
        cursor.execute("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")
        assert {word for (word,) in cursor.fetchall()} == set(words.RESERVED_IN_POSTGRESQL)


def test_the_words_that_mysql_reserves_by_now_are_those_of_the_server(mysql: Server) -> None:
    with on_source(mysql) as cursor:
        cursor.execute("SELECT WORD FROM information_schema.KEYWORDS WHERE RESERVED = 1")
        reserved = {word for (word,) in cursor.fetchall()}
    assert reserved - OF_5_7 == set(words.RESERVED_SINCE) - words.FREED


def _rows(cursor: Any, statement: str) -> list[Any]:
    cursor.execute(statement)
    return list(cursor.fetchall()) if cursor.description else []
