# SPDX-License-Identifier: GPL-3.0-or-later
"""Private throw-away MariaDB, MySQL 9 and PostgreSQL 17 servers for tests, demo and benchmark.

    with servers.running("mariadb", settings={"innodb_buffer_pool_size": "2G"}) as server:
        connect(host=server.host, port=server.port, user=server.user, password=server.password)
        server.kill()
        server.start()

Servers that stay: servers.up("demo", ["mariadb", "postgresql"]) and servers.down("demo"), or
'python3 -m tests.support.servers'. Needs only the standard library; a system instance is never touched.
"""

from tests.support.servers.environment import down, names, purge, running, sweep, up
from tests.support.servers.host import ServersError
from tests.support.servers.roots import install
from tests.support.servers.server import Server

__all__ = ["Server", "ServersError", "down", "install", "names", "purge", "running", "sweep", "up"]
