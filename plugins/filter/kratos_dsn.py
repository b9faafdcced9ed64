# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..plugin_utils._configuration import dsn
from ..plugin_utils._configuration.problem import RewriteError

DOCUMENTATION = r"""
name: kratos_dsn
short_description: Kratos' PostgreSQL DSN in the place of its MySQL one
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Takes the form of the MySQL driver of Go, C(mysql://user:password@tcp(host:port)/database?options), in which the
    password stands as it is, and gives a PostgreSQL URL, in which everything special is percent-encoded.
  - Keeps the pool's options. Leaves out what only MySQL knows. Translates C(tls) and C(timeout).
  - A PostgreSQL URL comes out as it should be written, so that the filter can be applied again.
positional: _input
options:
  _input:
    description: The DSN.
    type: str
    required: true
  host:
    description: Name or address of PostgreSQL. When not given, the one in the DSN.
    type: str
  port:
    description: Its TCP port. When not given, 5432 in the place of MySQL's.
    type: int
  user:
    description: Role that logs in. When not given, the one in the DSN.
    type: str
  password:
    description: Its password, not encoded. When not given, the one in the DSN.
    type: str
  database:
    description: The database. When not given, the one in the DSN.
    type: str
  sslmode:
    description: How much protection the connection must have. When not given, what the DSN asks for.
    type: str
    choices: [disable, allow, prefer, require, verify-ca, verify-full]
"""

EXAMPLES = r"""
dsn: >-
  {{ 'mysql://root:p@ss/w?rd@tcp(mysql:3306)/kratos?max_conns=20&parseTime=true'
     | alkemio.convergence.kratos_dsn(host='postgres', user='synapse') }}
# postgres://synapse:p%40ss%2Fw%3Frd@postgres:5432/kratos?sslmode=disable&max_conns=20
"""

RETURN = r"""
_value:
  description: The PostgreSQL URL.
  type: str
"""


def kratos_dsn(value: str, **options: t.Any) -> str:
    """The PostgreSQL URL."""
    try:
        return dsn.to_postgresql(str(value), **options).as_url()
    except RewriteError as error:
        raise AnsibleFilterError(f"kratos_dsn: {error}") from None


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"kratos_dsn": kratos_dsn}
