# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells MariaDB, MySQL and PostgreSQL apart: first set-up, settings, start, readiness, end.

All paths in commands and settings are seen from inside the root the server is chrooted to.
Nothing here needs a database driver, so that it works before there is a virtual environment.
"""

from __future__ import annotations

import signal
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

ADMIN = "admin"
Settings = Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """Where one server lives inside its root, and its port."""

    folder: str
    port: int

    @property
    def data(self) -> str:
        return f"{self.folder}/data"


class Kind(Protocol):
    """One kind of server."""

    name: str
    stop_signal: signal.Signals
    own_files: tuple[str, ...] | None
    """What a copy of a new data directory must not have, since it makes a server itself; None: it is not copied."""

    def settings_file(self, place: Place, settings: Settings) -> tuple[str, str]:
        """Name and text of the file with all settings."""

    def secret_file(self, password: str) -> tuple[str, str]:
        """Name and text of the file that brings the password in; deleted after the first start."""

    def setup(self, place: Place) -> list[list[str]]:
        """Commands that make a new data directory."""

    def start(self, place: Place, first: bool) -> list[str]:
        """The command that runs the server in the foreground."""

    def pid_file(self, place: Place) -> str: ...

    def socket(self, place: Place) -> str: ...

    def probe(self, port: int) -> str | None:
        """The server's version as soon as it accepts logins, None before."""


class MysqlFamily(ABC):
    """What MariaDB and MySQL share."""

    stop_signal = signal.SIGTERM
    own_files: tuple[str, ...] | None = None

    def __init__(self, name: str, program: str, settings: Settings, sql: tuple[str, ...]) -> None:
        self.name = name
        self._program = program
        self._settings = settings
        self._sql = sql

    def settings_file(self, place: Place, settings: Settings) -> tuple[str, str]:
        values = {
            "datadir": place.data,
            "socket": self.socket(place),
            "pid_file": self.pid_file(place),
            "port": str(place.port),
            # A starting MariaDB deletes what it takes for its own temporary files, also those of its neighbours.
            "tmpdir": place.folder,
            "bind_address": "127.0.0.1",
            "skip_name_resolve": "ON",
            "server_id": str(place.port),
            "log_bin": "binlog",
            # The process may be killed by tests, the machine is not: the page cache is safe enough.
            "sync_binlog": "0",
            "innodb_flush_log_at_trx_commit": "2",
            "character_set_server": "utf8mb4",
            "default_time_zone": "+00:00",
            "max_allowed_packet": "64M",
            "max_connections": "150",
            **self._settings,
            **settings,
        }
        lines = "".join(f"{key}={value}\n" for key, value in values.items())
        return "server.cnf", "[mysqld]\n" + lines

    def secret_file(self, password: str) -> tuple[str, str]:
        sql = "".join(f"{statement};\n" for statement in self._sql)
        return "first-start.sql", sql.replace("<password>", password)

    @abstractmethod
    def setup(self, place: Place) -> list[list[str]]:
        """The commands that make the data directory."""

    def start(self, place: Place, first: bool) -> list[str]:
        once = [f"--init-file={place.folder}/first-start.sql"] if first else []
        # The port is in the file, too; here it makes the process tell itself from any other.
        return [self._program, f"--defaults-file={place.folder}/server.cnf", f"--port={place.port}", *once]

    def pid_file(self, place: Place) -> str:
        return f"{place.folder}/server.pid"

    def socket(self, place: Place) -> str:
        return f"{place.folder}/server.sock"

    def probe(self, port: int) -> str | None:
        """The server greets only after its init file has run, so a greeting means that logins work."""
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            greeting = connection.recv(256)
        # 4 bytes of packet header, protocol version 10, then the version as a C string.
        if len(greeting) < 6 or greeting[4] != 10:
            return None
        return greeting[5 : greeting.index(0, 5)].decode("ascii", "replace")


class Mariadb(MysqlFamily):
    def __init__(self) -> None:
        super().__init__(
            "mariadb",
            "/usr/sbin/mariadbd",
            {"innodb_buffer_pool_size": "1G", "innodb_log_file_size": "256M"},
            (
                "DELETE FROM mysql.global_priv WHERE User IN ('', 'root')",
                "FLUSH PRIVILEGES",
                f"CREATE USER '{ADMIN}'@'%' IDENTIFIED BY '<password>'",
                f"GRANT ALL ON *.* TO '{ADMIN}'@'%' WITH GRANT OPTION",
            ),
        )

    def setup(self, place: Place) -> list[list[str]]:
        options = [
            f"--datadir={place.data}",
            f"--tmpdir={place.folder}",
            "--skip-test-db",
            "--skip-name-resolve",
        ]
        return [
            [
                "/usr/bin/mariadb-install-db",
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                *options,
            ]
        ]


class Mysql(MysqlFamily):
    own_files: tuple[str, ...] | None = ("auto.cnf",)  # making a data directory takes four seconds of a core

    def __init__(self) -> None:
        super().__init__(
            "mysql",
            "/usr/sbin/mysqld",
            {
                "innodb_buffer_pool_size": "1G",
                "innodb_redo_log_capacity": "256M",
                "secure_file_priv": "NULL",  # the folder Debian compiled in does not exist here
                "mysqlx": "OFF",  # would listen on a second, fixed port
            },
            (
                f"CREATE USER '{ADMIN}'@'%' IDENTIFIED BY '<password>'",
                f"GRANT ALL ON *.* TO '{ADMIN}'@'%' WITH GRANT OPTION",
                "DROP USER 'root'@'localhost'",
            ),
        )

    def setup(self, place: Place) -> list[list[str]]:
        return [[self._program, f"--defaults-file={place.folder}/server.cnf", "--initialize-insecure"]]


class Postgresql:
    """PostgreSQL 17."""

    name = "postgresql"
    stop_signal = signal.SIGINT  # "fast": does not wait for clients to leave
    own_files: tuple[str, ...] | None = None  # the system identifier is in the control file
    _bin = "/usr/lib/postgresql/17/bin"

    def settings_file(self, place: Place, settings: Settings) -> tuple[str, str]:
        values = {
            "listen_addresses": "127.0.0.1",
            "port": str(place.port),
            "unix_socket_directories": place.folder,
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "120",
            "shared_buffers": "512MB",
            "maintenance_work_mem": "256MB",
            "max_wal_size": "4GB",
            "fsync": "on",
            "dynamic_shared_memory_type": "mmap",  # the root's /dev/shm is a folder like any other
            **settings,
        }
        quoted = {key: value.replace("'", "''") for key, value in values.items()}
        conf = "".join(f"{key} = '{value}'\n" for key, value in quoted.items())
        return "server.conf", conf

    def secret_file(self, password: str) -> tuple[str, str]:
        return "password", password + "\n"

    def setup(self, place: Place) -> list[list[str]]:
        options = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-sync", "--no-instructions"]
        include = f"include '{place.folder}/server.conf'"
        return [
            [
                f"{self._bin}/initdb",
                f"--pgdata={place.data}",
                f"--username={ADMIN}",
                f"--pwfile={place.folder}/password",
                *options,
            ],
            ["/bin/sh", "-c", 'echo "$1" >>"$2"', "sh", include, f"{place.data}/postgresql.conf"],
        ]

    def start(self, place: Place, first: bool) -> list[str]:
        return [f"{self._bin}/postgres", "-D", place.data, "-p", str(place.port)]

    def pid_file(self, place: Place) -> str:
        return f"{place.data}/postmaster.pid"

    def socket(self, place: Place) -> str:
        return f"{place.folder}/.s.PGSQL.{place.port}"

    def probe(self, port: int) -> str | None:
        """Begin a login: PostgreSQL asks for the password when it is ready and sends an error before."""
        parameters = f"user\0{ADMIN}\0database\0postgres\0\0".encode("ascii")
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(struct.pack("!ii", len(parameters) + 8, 196608) + parameters)
            answer = connection.recv(1)
        return "17" if answer == b"R" else None


KINDS: dict[str, Kind] = {kind.name: kind for kind in (Mariadb(), Mysql(), Postgresql())}
