#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mysql_dump_restore
short_description: Restore a dump file into a MySQL or MariaDB server
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Restores one database from a file of C(mysqldump) or C(mariadb-dump), plain or packed with gzip or zstd,
    into a server that is there for the copy alone, as M(alkemio.convergence.mysql_private_server) makes it.
  - The server keeps the checksum of the file. M(alkemio.convergence.mysql_schema_info) binds a run directory
    to it.
  - The database is made for the restore. One that no restore has made is refused. An unfinished restore
    begins again, and another file takes the place of the one restored before.
  - A file that is cut is refused, and so is a value that the server would store as another one than the
    file's.
  - A dump file is a program for the server. Restore only what comes from your own servers.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.mysql
  - alkemio.convergence._mysql
attributes:
  check_mode:
    support: full
    details:
      - Reads the file for its checksum and asks the server whether it is restored. Does not look at the
        statements.
  diff_mode:
    support: none
    details:
      - A copy is too large to show.
  idempotent:
    support: full
options:
  login_user:
    description:
      - Account on the server. It makes databases, tables, views, triggers and routines.
      - On a private server, V(root).
    type: str
    required: true
  dump_file:
    description:
      - The file, on the migration host.
      - How it is packed is told by its first bytes, not by its name.
    type: path
    required: true
  database:
    description: Name of the database to restore into. It is made, and has to be this module's own.
    type: str
    required: true
  dumped_as:
    description:
      - The database's name in a file that was made with C(--databases) or C(--all-databases). Only its part
        of the file is restored.
      - When not given, the same as O(database).
      - Not used where the file does not name the database it holds.
    type: str
  checksum:
    description:
      - SHA-256 that the file must have, in hexadecimal, as C(sha256sum) prints it.
      - When not given, the file is taken as it is.
    type: str
requirements:
  - zstandard
seealso:
  - module: alkemio.convergence.mysql_private_server
  - module: alkemio.convergence.mysql_schema_info
"""

EXAMPLES = r"""
---
- name: Restore last night's dump
  alkemio.convergence.mysql_dump_restore:
    login_user: root
    login_unix_socket: /var/lib/convergence/source-copy/server.sock
    dump_file: /var/backups/alkemio.sql.gz
    database: alkemio

- name: Restore a dump that must be the one that was measured
  alkemio.convergence.mysql_dump_restore:
    login_user: root
    login_unix_socket: /var/lib/convergence/source-copy/server.sock
    dump_file: /var/backups/alkemio.sql.zst
    database: alkemio
    checksum: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

- name: Restore one database of a dump of the whole server
  alkemio.convergence.mysql_dump_restore:
    login_user: root
    login_unix_socket: /var/lib/convergence/source-copy/server.sock
    dump_file: /var/backups/all.sql.gz
    database: kratos
    dumped_as: kratos_production
"""

RETURN = r"""
---
database:
  description: Name of the database.
  returned: success
  type: str
sha256:
  description: SHA-256 of the file as it lies there.
  returned: success
  type: str
tables:
  description: Number of tables in the database. 0 in check mode, if they are not there yet.
  returned: success
  type: int
seconds:
  description: How long it took.
  returned: success
  type: float
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InputError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import MYSQL_LOGIN, mysql_login
from ..module_utils._copy.restore import restore
from ..module_utils._drivers import MYSQL, SNAPSHOT
from ..module_utils._module import run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **MYSQL_LOGIN,
            "dump_file": {"type": "path", "required": True},
            "database": {"type": "str", "required": True},
            "dumped_as": {"type": "str"},
            "checksum": {"type": "str"},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL, SNAPSHOT),
        lambda: restore(
            mysql_login(params),
            params["dump_file"],
            params["database"],
            dumped_as=params["dumped_as"],
            checksum=params["checksum"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
