# SPDX-License-Identifier: GPL-3.0-or-later
"""A small application with a value of each kind, and servers, roles and homes that are set against us.

All variables at once; `culprits` says which of them it was when a run ends otherwise.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin

from tests.engine import session_variables as variables
from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

ROWS = 300
SOURCE = (
    "CREATE TABLE thing (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL, code char(10) NOT NULL,"
    " amount decimal(10,3) NOT NULL, ratio double NOT NULL, made timestamp NULL, said datetime(6) NULL,"
    " doc json NULL, raw blob NULL, flag tinyint NOT NULL, kind enum('one', 'two') NULL)",
    "CREATE TABLE part (thing_id int NOT NULL, place int NOT NULL, note text NULL, PRIMARY KEY (thing_id, place),"
    " FOREIGN KEY (thing_id) REFERENCES thing (id))",
    "CREATE TABLE ten (n int NOT NULL PRIMARY KEY)",
    f"INSERT INTO ten VALUES {', '.join(f'({n})' for n in range(10))}",
    "INSERT INTO thing SELECT n + 1, CONCAT('näme \\\\ ', n), LPAD(n, 5, 'é'), n / 8, n / 7,"
    " '2024-07-15 12:00:00' + INTERVAL n HOUR, '1999-12-31 23:59:59.999999' + INTERVAL n DAY,"
    ' CONCAT(\'{"n": \', n, \', "text": "Ä \\\\\\\\ "}\'), UNHEX(SHA2(n, 256)), n % 2, 1 + n % 2'
    f" FROM (SELECT a.n + 10 * b.n + 100 * c.n AS n FROM ten a, ten b, ten c) AS numbers WHERE n < {ROWS}",
    "INSERT INTO part SELECT id, 1, CONCAT('note ', id) FROM thing",
    "DROP TABLE ten",
)
TARGET = (
    "CREATE TABLE thing (id serial PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, code char(10) NOT NULL,"
    " amount numeric(10,3) NOT NULL, ratio double precision NOT NULL, made timestamptz, said timestamp(6),"
    " doc jsonb, raw bytea, flag boolean NOT NULL, kind text)",
    "CREATE TABLE part (thing_id integer NOT NULL REFERENCES thing (id), place integer NOT NULL, note text,"
    " PRIMARY KEY (thing_id, place))",
    "CREATE INDEX thing_made ON thing (made)",
    r"COMMENT ON INDEX thing_made IS 'a \ and a '' in it\'",
)


class Hostile(Migration):
    """The application's migration with the documented accounts."""

    reader = "hostile_reader"
    owner = ""

    @property
    def source_login(self) -> MySQLLogin:
        return replace(super().source_login, user=self.reader, password="word")

    @property
    def target_login(self) -> PostgreSQLLogin:
        return replace(super().target_login, user=self.owner, password="word")

    def everything(self) -> str:
        """Every step; gives the evidence hash."""
        self.prepare()
        self.dump(chunk_bytes=8000)
        self.load()
        return str(self.verify().report["evidence_hash"])


def source_of(server: Server) -> str:
    """The application's database, and the account of docs/privileges.md that reads it."""
    name = places.new_source(server, "hostile")
    places.ask(server, name, *SOURCE)
    monitor = "BINLOG MONITOR" if server.kind == "mariadb" else "REPLICATION CLIENT"
    places.ask(
        server,
        None,
        f"CREATE USER IF NOT EXISTS {Hostile.reader} IDENTIFIED BY 'word'",
        f"GRANT SELECT, LOCK TABLES ON {name}.* TO {Hostile.reader}",
        f"GRANT {monitor} ON *.* TO {Hostile.reader}",
    )
    return name


def migration(source: Server, database: str, target: Server, folder: Path) -> Hostile:
    """A run into a new target of an ordinary owner."""
    name = places.new_target(target, "hostile")
    owner = f"owner_of_{name}"
    places.ask(
        target, None, f"CREATE ROLE {owner} LOGIN PASSWORD 'word'", f"ALTER DATABASE {name} OWNER TO {owner}"
    )
    places.ask(target, name, f"SET ROLE {owner}", *TARGET)
    found = Hostile(source, target, folder / name, [Move("hostile", database, name)])
    found.owner = owner
    return found


# --- hostile places ---------------------------------------------------------------------------------


@contextlib.contextmanager
def on_source(server: Server, names: Sequence[str]) -> Iterator[list[str]]:
    """The variables hostile for every new session: globally, and once more by init_connect."""
    with places.session(server) as connection, connection.cursor() as cursor:
        before = {}
        for name in names:
            with contextlib.suppress(pymysql.MySQLError):
                cursor.execute(f"SELECT @@GLOBAL.{name} LIMIT 1")
                before[name] = cursor.fetchall()[0][0]
        by_init = [f"{name} = {variables.HOSTILE_SOURCE[name]}" for name in _settable(server, names)]
        try:
            for name in before:
                # A few cannot be: a query cache that was not there at the start.
                with contextlib.suppress(pymysql.MySQLError):
                    cursor.execute(f"SET GLOBAL {name} = {variables.HOSTILE_SOURCE[name]}")
            cursor.execute("SET GLOBAL init_connect = %s", (f"SET {', '.join(by_init)}" if by_init else "",))
            yield [one.split()[0] for one in by_init]
        finally:
            cursor.execute("SET GLOBAL init_connect = ''")
            for name, value in before.items():
                with contextlib.suppress(pymysql.MySQLError):
                    cursor.execute(f"SET GLOBAL {name} = %s", (value,))


def _settable(server: Server, names: Sequence[str]) -> list[str]:
    """Those that the account can set to their hostile value: a failing init_connect lets nobody in."""
    found = []
    login = {"user": Hostile.reader, "password": "word", "autocommit": True}
    with (
        pymysql.connect(host=server.host, port=server.port, **login) as connection,
        connection.cursor() as cursor,
    ):
        for name in names:
            with contextlib.suppress(pymysql.MySQLError):
                cursor.execute(f"SET SESSION {name} = {variables.HOSTILE_SOURCE[name]}")
                found.append(name)
    return found


@contextlib.contextmanager
def on_target(server: Server, who: str, names: Sequence[str]) -> Iterator[None]:
    """The variables hostile as defaults of `who`, a role or a database of the target, as `ROLE x`."""
    for name in names:
        values = ", ".join(f"'{part.strip()}'" for part in variables.HOSTILE_TARGET[name].split(","))
        value = values if name == "search_path" else f"'{variables.HOSTILE_TARGET[name]}'"
        places.ask(server, None, f"ALTER {who} SET {name} = {value}")
    try:
        yield
    finally:
        places.ask(server, None, f"ALTER {who} RESET ALL")


def shadows(server: Server, database: str, owner: str) -> None:
    """A schema before pg_catalog with functions, relations and operators that lie, and a place for lost indexes."""
    places.ask(
        server,
        database,
        "CREATE SCHEMA hostile",
        f"GRANT USAGE, CREATE ON SCHEMA hostile TO {owner}",
        "CREATE FUNCTION hostile.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$",
        "CREATE FUNCTION hostile.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'no'::text $$",
        "CREATE FUNCTION hostile.pg_backend_pid() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$",
        "CREATE VIEW hostile.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false",
        "CREATE VIEW hostile.pg_settings AS SELECT * FROM pg_catalog.pg_settings WHERE false",
        "CREATE TABLE hostile.thing AS SELECT 1 AS id",
        "CREATE FUNCTION hostile.never(integer, integer) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$",
        "CREATE OPERATOR hostile.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = hostile.never)",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA hostile TO {owner}",
    )


def tablespace(server: Server) -> None:
    """The tablespace that a hostile default_tablespace names, which everybody may use."""
    if not places.ask(server, None, "SELECT 1 FROM pg_tablespace WHERE spcname = 'nowhere'"):
        places.ask(
            server,
            None,
            "SET allow_in_place_tablespaces = on",
            "CREATE TABLESPACE nowhere LOCATION ''",
            "GRANT CREATE ON TABLESPACE nowhere TO PUBLIC",
        )


def at_home(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """An environment and a home of the operator's that speak against every login."""
    home = folder / "home"
    (home / ".postgresql").mkdir(parents=True)
    for name in ("postgresql.crt", "postgresql.key", "root.crt", "root.crl"):
        (home / ".postgresql" / name).write_text("no certificate\n", "utf-8")
        (home / ".postgresql" / name).chmod(0o600)
    (home / ".pgpass").write_text("*:*:*:*:wrong\n", "utf-8")
    (home / ".pgpass").chmod(0o600)
    service = "[other]\nhost=192.0.2.1\nport=1\ndbname=other\nuser=other\n"
    (home / ".pg_service.conf").write_text(service, "utf-8")
    options = "[client]\nhost=192.0.2.1\nport=1\nuser=other\npassword=wrong\ndefault-character-set=latin1\n"
    (home / ".my.cnf").write_text(options, "utf-8")
    for name, value in ENVIRONMENT.items():
        patch.setenv(name, value.replace("<home>", str(home)))
    for name, value in variables.HOSTILE_TARGET.items():
        patch.setenv("PGOPTIONS", f"-c {name}={value.replace(' ', chr(92) + ' ')}")


ENVIRONMENT = {
    "HOME": "<home>",
    "PGHOST": "192.0.2.1",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGDATABASE": "other",
    "PGUSER": "other",
    "PGPASSWORD": "wrong",
    "PGPASSFILE": "<home>/.pgpass",
    "PGSERVICE": "other",
    "PGSERVICEFILE": "<home>/.pg_service.conf",
    "PGSYSCONFDIR": "<home>",
    "PGTARGETSESSIONATTRS": "standby",
    "PGLOADBALANCEHOSTS": "random",
    "PGREQUIREAUTH": "none",
    "PGCHANNELBINDING": "require",
    "PGREQUIREPEER": "nobody",
    "PGSSLMODE": "verify-full",
    "PGSSLCERTMODE": "require",
    "PGSSLCERT": "<home>/.postgresql/postgresql.crt",
    "PGSSLKEY": "<home>/.postgresql/postgresql.key",
    "PGSSLROOTCERT": "<home>/.postgresql/root.crt",
    "PGSSLCRL": "<home>/.postgresql/root.crl",
    "PGSSLCRLDIR": "<home>/.postgresql",
    "PGSSLSNI": "0",
    "PGSSLNEGOTIATION": "direct",
    "PGSSLMINPROTOCOLVERSION": "TLSv1.3",
    "PGSSLMAXPROTOCOLVERSION": "TLSv1.3",
    "PGGSSENCMODE": "require",
    "PGGSSDELEGATION": "1",
    "PGKRBSRVNAME": "other",
    "PGCONNECT_TIMEOUT": "2",
    "PGAPPNAME": "other",
    "PGCLIENTENCODING": "LATIN1",
    "PGTZ": "America/New_York",
    "PGDATESTYLE": "SQL, DMY",
    "PGGEQO": "off",
    "PGLOCALEDIR": "<home>",
    "PGMINPROTOCOLVERSION": "3.2",
    "PGMAXPROTOCOLVERSION": "3.2",
    "MYSQL_HOST": "192.0.2.1",
    "MYSQL_TCP_PORT": "1",
    "MYSQL_UNIX_PORT": "/nowhere",
    "MYSQL_PWD": "wrong",
    "MYSQL_HOME": "<home>",
    "USER": "other",
    "LOGNAME": "other",
    "TZ": "America/New_York",
    "LC_ALL": "C.UTF-8",
}


def culprits(names: Sequence[str], fails: Callable[[Sequence[str]], bool]) -> list[str]:
    """Of many hostile variables those with which alone `fails` is true, by halves."""
    if not fails(names):
        return []
    if len(names) == 1:
        return list(names)
    middle = len(names) // 2
    return culprits(names[:middle], fails) + culprits(names[middle:], fails) or [
        f"together: {', '.join(names)}"
    ]


# --- a second opinion ---------------------------------------------------------------------------------


def rows(server: Server, database: str) -> list[tuple[Any, ...]]:
    """What a driver reads, in values that compare over both sides."""
    zone = ("SET time_zone = '+00:00'",) if server.kind != "postgresql" else ()
    made = "made" if server.kind != "postgresql" else "made AT TIME ZONE 'UTC'"
    text = "CAST({} AS CHAR)" if server.kind != "postgresql" else "{}::text"
    number = "JSON_EXTRACT(doc, '$.n') + 0" if server.kind != "postgresql" else "(doc->>'n')::int"
    sql = (
        f"SELECT id, name, code, amount, ratio, {made}, said, {number}, raw, flag, {text.format('kind')}, note"
        " FROM thing JOIN part ON thing_id = id ORDER BY id"
    )
    found = places.ask(server, database, *zone, sql)
    return [
        (*row[:2], row[2].rstrip(" "), *row[3:7], int(row[7]), bytes(row[8]), bool(row[9]), *row[10:])
        for row in found
    ]
