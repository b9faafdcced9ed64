# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..plugin_utils._configuration import dsn
from ..plugin_utils._configuration.problem import RewriteError

DOCUMENTATION = r"""
name: kratos_dsn_parts
short_description: What a DSN of Kratos says
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Takes a DSN apart, in the form of the MySQL driver of Go or as a PostgreSQL URL. Texts come out decoded.
  - The result holds the password.
options:
  _input:
    description: The DSN.
    type: str
    required: true
"""

EXAMPLES = r"""
host: "{{ (dsn | alkemio.convergence.kratos_dsn_parts).host }}"
"""

RETURN = r"""
_value:
  description: The parts.
  type: dict
  contains:
    scheme:
      description: What stands before C(://).
      type: str
    user:
      description: Who logs in.
      type: str
    password:
      description: The password.
      type: str
    host:
      description: Name, address or socket of the server.
      type: str
    port:
      description: TCP port, empty when none is given.
      type: str
    database:
      description: The database.
      type: str
    parameters:
      description: The options.
      type: dict
    dropped:
      description: Names of the options that a translation to PostgreSQL leaves out.
      type: list
      elements: str
"""


def kratos_dsn_parts(value: str) -> dict[str, t.Any]:
    """The parts of a DSN, and what a translation would leave out."""
    try:
        found = dsn.parse(str(value))
        dropped = list(dsn.to_postgresql(str(value), host="").dropped)
    except RewriteError as error:
        raise AnsibleFilterError(f"kratos_dsn_parts: {error}") from None
    return {**dsn.as_parts(found), "dropped": dropped}


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"kratos_dsn_parts": kratos_dsn_parts}
