# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

from __future__ import annotations

from ..plugin_utils._login_options import variables_option


def _login(prefix: str, server: str, carried: str) -> str:
    """The options of a login below that of its role, and what it requires, in YAML.

    `server` is what the texts call the server, `carried` what travels to it and from it.
    """
    return f"""
  {prefix}login_password:
    description: Password of O({prefix}login_user).
    type: str
    default: ''
  {prefix}login_host:
    description: Name or address of the {server}, as seen from the migration host.
    type: str
    default: localhost
  {prefix}login_port:
    description:
      - TCP port of the {server}. With O({prefix}login_unix_socket) it names the socket file in that directory.
    type: int
    default: 5432
  {prefix}login_unix_socket:
    description: Directory of the {server}'s Unix socket. When given, O({prefix}login_host) is not used.
    type: path
  {prefix}ssl_mode:
    description:
      - How much protection the connection to the {server} must have. The words are those of C(libpq).
      - V(verify-ca) and V(verify-full) check the {server}'s certificate and need O({prefix}ca_cert). With any
        other word, a {server} that is not on the migration host is refused, unless O({prefix}trust_network=true).
    type: str
    choices: [disable, allow, prefer, require, verify-ca, verify-full]
    default: prefer
  {prefix}ca_cert:
    description: File with the certificate authorities to trust for the {server}, on the migration host.
    type: path
  {prefix}ssl_cert:
    description: File with the client certificate for the {server}, on the migration host.
    type: path
  {prefix}ssl_key:
    description: File with the key of O({prefix}ssl_cert), on the migration host.
    type: path
  {prefix}connect_timeout:
    description: Seconds to wait for the {server} to take the connection.
    type: int
    default: 30
  {prefix}trust_network:
    description:
      - Whether {carried} may travel where no certificate is checked.
      - Asked only where the {server} is not on the migration host, which means that O({prefix}login_host) has an
        address that is none of the loopback, and where O({prefix}ssl_mode) is neither V(verify-ca) nor
        V(verify-full).
      - A server that asks for the password in clear text is not answered all the same.
    type: bool
    default: false
{variables_option(prefix, "target")}
requirements:
  - psycopg >= 3, with libpq 16 or later
"""


class ModuleDocFragment:
    """How to reach the PostgreSQL server. Keep in step with module_utils/_argspec.py.

    The texts are computed. They are annotated since ansible-test's yamllint takes every plain assignment of a
    fragment for one literal and breaks on another; the tests of the fragments read what was computed.
    """

    DOCUMENTATION: str = (
        r"""
options:
  login_user:
    description:
      - Role on the PostgreSQL server. It owns the tables of the application.
      - It needs C(CONNECT) and C(CREATE) on the databases. It needs no superuser right.
    type: str
    required: true
"""
        + _login("", "server", carried="the password and the rows")
        + r"""
notes:
  - PostgreSQL 17 and later.
"""
    )

    TARGET: str = r"""
options:
  target_login_user:
    description: Role on the PostgreSQL server that the data goes to. Needed only for what is asked of the target.
    type: str
""" + _login("target_", "target", carried="the target's password and its rows")
