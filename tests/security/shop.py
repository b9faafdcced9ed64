# SPDX-License-Identifier: GPL-3.0-or-later
"""A small shop with people in it: what must arrive on the target, and must not be seen anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

PERSONAL = ("anna.geheim@example.org", "Żółtowska-Näßlund", "$2b$12$Wq9shophashofapassword", "+31 6 55501234")
"""Values of one customer that no file, message or process may show."""

PROFILE: dict[str, Any] = {
    "name": "shop",
    "seed_tables": ["setting"],
    "skip_tables": ["marker"],
    "columns": [{"table": "customer", "column": name, "sensitive": True} for name in ("email", "name")],
}

_SOURCE = (
    "CREATE TABLE customer (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(100) NOT NULL,"
    " name varchar(100), password varchar(100), phone varchar(40), UNIQUE KEY customer_email (email))",
    "CREATE TABLE purchase (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, customer int NOT NULL, total decimal(8,2),"
    " CONSTRAINT purchase_customer FOREIGN KEY (customer) REFERENCES customer (id))",
    "CREATE TABLE setting (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL, value longtext)",
    "CREATE VIEW big AS SELECT * FROM purchase WHERE total > 100",
    "INSERT INTO setting (name, value) VALUES ('colour', 'blue'), ('size', 'large')",
)

TARGET = (
    "CREATE TABLE customer (id serial CONSTRAINT customer_key PRIMARY KEY, email varchar(100) NOT NULL,"
    " name varchar(100), password varchar(100), phone varchar(40), CONSTRAINT customer_email UNIQUE (email))",
    "CREATE TABLE purchase (id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT purchase_key PRIMARY KEY,"
    " customer integer NOT NULL, total numeric(8,2), twice numeric GENERATED ALWAYS AS (total * 2) STORED)",
    "ALTER TABLE purchase ADD CONSTRAINT purchase_customer FOREIGN KEY (customer) REFERENCES customer (id)",
    "CREATE TABLE setting (id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT setting_key PRIMARY KEY,"
    " name varchar(40) NOT NULL, value text, upper_name text GENERATED ALWAYS AS (upper(name::text)) STORED)",
    "CREATE TABLE marker (setting integer CONSTRAINT marker_setting REFERENCES setting (id))",
    "INSERT INTO setting (name, value) VALUES ('colour', 'green'), ('shape', NULL), ('gone', '')",
    "DELETE FROM setting WHERE name = 'gone'",
    "INSERT INTO marker VALUES (2)",
)


def customers(count: int) -> list[tuple[Any, ...]]:
    """The first one is known to the tests."""
    return [PERSONAL[:1] + PERSONAL[1:]] + [
        (f"customer{n}@example.org", f"Customer {n}", f"hash {n}", None) for n in range(2, count + 1)
    ]


def new_source(server: Server, count: int = 300) -> str:
    """A shop on MySQL or MariaDB."""
    name = places.new_source(server, "shop")
    with places.session(server, name) as connection, connection.cursor() as cursor:
        for statement in _SOURCE:
            cursor.execute(statement)
        cursor.executemany(
            "INSERT INTO customer (email, name, password, phone) VALUES (%s, %s, %s, %s)", customers(count)
        )
        cursor.executemany(
            "INSERT INTO purchase (customer, total) VALUES (%s, %s)",
            [(n, n * 1.5) for n in range(1, count + 1)],
        )
    return name


def new_target(server: Server, owner: str | None = None) -> str:
    """The shop's tables with rows of its own, as the application's migrations leave them."""
    name = places.new_target(server, "shop")
    with places.session(server, name) as connection:
        if owner:
            connection.execute(f"ALTER DATABASE {name} OWNER TO {owner}")
            connection.execute(f"GRANT CREATE ON SCHEMA public TO {owner}")
            connection.execute(f"SET ROLE {owner}")
        for statement in TARGET:
            connection.execute(statement)
    return name


def migration(source: Server, target: Server, names: tuple[str, str], run: Path) -> Migration:
    """The move of a shop; `names` of its database on either side."""
    return Migration(source, target, run, [Move("shop", *names, "shop")], {"shop": PROFILE})


def moved(source: Server, target: Server, shop: str, run: Path) -> Iterator[Migration]:
    """A prepared move of `shop` into a target of its own, which goes afterwards."""
    name = new_target(target)
    yield migration(source, target, (shop, name), run).prepare()
    places.drop(target, name)
