# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

from __future__ import annotations

from ..plugin_utils._login_options import variables_option


def _login(prefix: str, server: str, carried: str) -> str:
    """The options of a login below that of its account, and what it requires, in YAML.

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
    description: TCP port of the {server}.
    type: int
    default: 3306
  {prefix}login_unix_socket:
    description:
      - Path of the {server}'s Unix socket. When given, O({prefix}login_host) and O({prefix}login_port) are not used.
    type: path
  {prefix}ca_cert:
    description:
      - File with the certificate authorities to trust for the {server}, on the migration host.
      - When given, the connection must be encrypted and the {server}'s certificate is checked.
      - When not given, the connection is encrypted if the {server} offers it, and no certificate is checked.
        A {server} that is not on the migration host is then refused, unless O({prefix}trust_network=true).
    type: path
  {prefix}client_cert:
    description: File with the client certificate for the {server}, on the migration host.
    type: path
  {prefix}client_key:
    description: File with the key of O({prefix}client_cert), on the migration host.
    type: path
  {prefix}check_hostname:
    description:
      - Whether the {server}'s certificate must bear the name in O({prefix}login_host). Needs O({prefix}ca_cert).
    type: bool
    default: true
  {prefix}connect_timeout:
    description: Seconds to wait for the {server} to take the connection.
    type: int
    default: 30
  {prefix}trust_network:
    description:
      - Whether {carried} may travel where no certificate is checked.
      - Asked only where the {server} is not on the migration host, which means that O({prefix}login_host) has an
        address that is none of the loopback, and where neither O({prefix}ca_cert) nor O({prefix}login_unix_socket)
        is given.
      - Whoever answers at the address then gets what he needs to learn the password. A plugin that sends
        it in clear text, such as C(mysql_clear_password), is not answered all the same.
    type: bool
    default: false
{variables_option(prefix, "source")}
requirements:
  - PyMySQL
  - cryptography
"""


class ModuleDocFragment:
    """How to reach the MySQL or MariaDB server. Keep in step with module_utils/_argspec.py.

    The texts are computed. They are annotated since ansible-test's yamllint takes every plain assignment of a
    fragment for one literal and breaks on another; the tests of the fragments read what was computed.
    """

    DOCUMENTATION: str = (
        r"""
options:
  login_user:
    description:
      - Account on the MySQL or MariaDB server.
      - It needs C(SELECT) and C(LOCK TABLES) on the databases, and C(REPLICATION CLIENT) (MariaDB,
        C(BINLOG MONITOR)) on the server. It is never used to write.
    type: str
    required: true
"""
        + _login("", "server", carried="the password and the rows")
        + r"""
notes:
  - MySQL 8 and later and MariaDB 10.5 and later.
"""
    )

    SOURCE: str = r"""
options:
  source_login_user:
    description:
      - Account on the MySQL or MariaDB server that the data came from.
      - When not given, the source is not asked. The target is then compared with the sums of the source
        that a dump in mode V(live) or an earlier verification has kept in the run directory.
    type: str
""" + _login("source_", "source", carried="the source's password and its rows")

    FREEZER: str = r"""
options:
  freezer_login_user:
    description:
      - Account on the source that sees its accounts and all sessions, as the freeze needs it. When not given,
        O(source_login_user) is asked for them.
    type: str
""" + _login("freezer_", "source", carried="the password of O(freezer_login_user)")
