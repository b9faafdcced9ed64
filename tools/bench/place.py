# SPDX-License-Identifier: GPL-3.0-or-later
"""Where it is measured: two servers, a filled table on one, the same table, empty, on the other."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import pymysql

from tests.support import servers
from tests.support.generator import synthetic
from tests.support.servers.server import Server

# The source's data in memory, so that the disk is not what is measured; a target without checkpoints in
# between. All else is as the servers come, fsync too.
SETTINGS = {
    "mariadb": {"innodb_buffer_pool_size": "4G"},
    "postgresql": {"shared_buffers": "1GB", "max_wal_size": "16GB"},
}


@dataclass(frozen=True)
class Place:
    """Both servers. Each data set has a database of its own on both."""

    source: Server
    target: Server
    compression: str

    @property
    def servers(self) -> dict[str, Server]:
        """By party."""
        return {"source": self.source, "target": self.target}

    def on_source(self, database: str | None = None) -> pymysql.connections.Connection:
        """A session of the administrator."""
        server = self.source
        return pymysql.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
        )

    def on_target(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A session of the administrator."""
        server = self.target
        return psycopg.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            dbname=database,
            autocommit=True,
        )

    def fill(self, name: str, factor: float) -> int:
        """Make the data set on the source, unless it is there; gives its rows."""
        wanted = max(1, round(synthetic.DATASETS[name].rows * factor))
        with self.on_source() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
            cursor.execute(f"SHOW TABLES FROM `{name}` LIKE '{name}'")
            there = cursor.fetchone()
            if there and self.source_rows(name) == wanted:
                return wanted
        connect = partial(self.on_source, name)
        with connect() as connection:
            synthetic.create_source(connection, name, factor, workers=2, connect=connect)
        # A table just filled has no estimates yet that anybody could go by.
        with connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"ANALYZE TABLE `{name}`")
        return wanted

    def source_rows(self, name: str) -> int:
        """Counted; it brings the table into memory too."""
        with self.on_source(name) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM `{name}` FORCE INDEX (PRIMARY)")
            return int((cursor.fetchone() or (0,))[0])

    def empty_target(self, name: str) -> None:
        """The application's table with its keys and no rows, in a database of this run."""
        with self.on_target() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'".encode()
            )
            connection.execute(
                f"ALTER DATABASE {name} SET default_toast_compression = '{self.compression}'".encode()
            )
        with self.on_target(name) as connection:
            synthetic.create_target(connection, name)
            connection.execute("CHECKPOINT")
        time.sleep(1)  # dropping and writing out end in the background

    def target_state(self, name: str) -> tuple[int, list[str]]:
        """Rows, and the definitions of the indexes."""
        with self.on_target(name) as connection:
            count = connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()
            found = connection.execute(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef"
            )
            return (int(count[0]) if count else 0), [row[0] for row in found.fetchall()]


def ready(name: str, compression: str) -> Place:
    """The servers, up and set as they should be."""
    found = servers.up(name, ["mariadb", "postgresql"], SETTINGS)
    return Place(found["mariadb"], found["postgresql"], compression)
