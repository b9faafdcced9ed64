# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

from __future__ import annotations


class ModuleDocFragment:
    """How to reach the MySQL or MariaDB server. Keep in step with module_utils/_argspec.py."""

    DOCUMENTATION = r"""
options:
  login_user:
    description:
      - Account on the MySQL or MariaDB server.
      - It needs C(SELECT) and C(LOCK TABLES) on the databases, and C(REPLICATION CLIENT) (MariaDB,
        C(BINLOG MONITOR)) on the server. It is never used to write.
    type: str
    required: true
  login_password:
    description: Password of O(login_user).
    type: str
    default: ''
  login_host:
    description: Name or address of the server, as seen from the migration host.
    type: str
    default: localhost
  login_port:
    description: TCP port of the server.
    type: int
    default: 3306
  login_unix_socket:
    description: Path of the server's Unix socket. When given, O(login_host) and O(login_port) are not used.
    type: path
  ca_cert:
    description:
      - File with the certificate authorities to trust, on the migration host.
      - When given, the connection must be encrypted and the server's certificate is checked.
      - When not given, the connection is encrypted if the server offers it, and no certificate is checked.
        A server that is not on the migration host is then refused, unless O(trust_network=true).
    type: path
  client_cert:
    description: File with the client certificate, on the migration host.
    type: path
  client_key:
    description: File with the key of O(client_cert), on the migration host.
    type: path
  check_hostname:
    description: Whether the server's certificate must bear the name in O(login_host). Needs O(ca_cert).
    type: bool
    default: true
  connect_timeout:
    description: Seconds to wait for the server to take the connection.
    type: int
    default: 30
  trust_network:
    description:
      - Whether the password and the rows may travel where no certificate is checked.
      - Asked only where the server is not on the migration host, which means that O(login_host) has an address
        that is none of the loopback, and where neither O(ca_cert) nor O(login_unix_socket) is given.
      - Whoever answers at the address then gets what he needs to learn the password. A plugin that sends
        it in clear text, such as C(mysql_clear_password), is not answered all the same.
    type: bool
    default: false
  login_variables:
    description:
      - What the caller calls these options, as a variable for each, for example C(login_port) with the value
        C(migration_source_login_port). Messages then speak of the variables.
      - The lookup P(alkemio.convergence.login#lookup) fills it.
    type: dict
    default: {}
notes:
  - MySQL 8 and later and MariaDB 10.5 and later.
requirements:
  - PyMySQL
  - cryptography
"""

    SOURCE = r"""
options:
  source_login_user:
    description:
      - Account on the MySQL or MariaDB server that the data came from.
      - When not given, the source is not asked. The target is then compared with the sums of the source
        that a dump in mode V(live) or an earlier verification has kept in the run directory.
    type: str
  source_login_password:
    description: Password of O(source_login_user).
    type: str
    default: ''
  source_login_host:
    description: Name or address of the source, as seen from the migration host.
    type: str
    default: localhost
  source_login_port:
    description: TCP port of the source.
    type: int
    default: 3306
  source_login_unix_socket:
    description:
      - Path of the source's Unix socket. When given, O(source_login_host) and O(source_login_port) are not
        used.
    type: path
  source_ca_cert:
    description:
      - File with the certificate authorities to trust for the source, on the migration host.
      - When given, the connection must be encrypted and the server's certificate is checked.
      - When not given, a source that is not on the migration host is refused, unless
        O(source_trust_network=true).
    type: path
  source_client_cert:
    description: File with the client certificate for the source, on the migration host.
    type: path
  source_client_key:
    description: File with the key of O(source_client_cert), on the migration host.
    type: path
  source_check_hostname:
    description:
      - Whether the source's certificate must bear the name in O(source_login_host). Needs
        O(source_ca_cert).
    type: bool
    default: true
  source_connect_timeout:
    description: Seconds to wait for the source to take the connection.
    type: int
    default: 30
  source_trust_network:
    description:
      - Whether the source's password and its rows may travel where no certificate is checked.
      - Asked only where the source is not on the migration host, and where neither O(source_ca_cert) nor
        O(source_login_unix_socket) is given.
    type: bool
    default: false
  source_login_variables:
    description:
      - What the caller calls these options, as a variable for each, for example C(login_port) with the value
        C(migration_source_login_port). Messages then speak of the variables.
      - The lookup P(alkemio.convergence.login#lookup) fills it.
    type: dict
    default: {}
requirements:
  - PyMySQL
  - cryptography
"""

    FREEZER = r"""
options:
  freezer_login_user:
    description:
      - Account on the source that sees its accounts and all sessions, as the freeze needs it. When not given,
        O(source_login_user) is asked for them.
    type: str
  freezer_login_password:
    description: Password of O(freezer_login_user).
    type: str
    default: ''
  freezer_login_host:
    description: Name or address of the source, as seen from the migration host.
    type: str
    default: localhost
  freezer_login_port:
    description: TCP port of the source.
    type: int
    default: 3306
  freezer_login_unix_socket:
    description:
      - Path of the source's Unix socket. When given, O(freezer_login_host) and O(freezer_login_port) are not
        used.
    type: path
  freezer_ca_cert:
    description:
      - File with the certificate authorities to trust for the source, on the migration host.
      - When given, the connection must be encrypted and the server's certificate is checked.
      - When not given, a source that is not on the migration host is refused, unless
        O(freezer_trust_network=true).
    type: path
  freezer_client_cert:
    description: File with the client certificate for the source, on the migration host.
    type: path
  freezer_client_key:
    description: File with the key of O(freezer_client_cert), on the migration host.
    type: path
  freezer_check_hostname:
    description:
      - Whether the source's certificate must bear the name in O(freezer_login_host). Needs
        O(freezer_ca_cert).
    type: bool
    default: true
  freezer_connect_timeout:
    description: Seconds to wait for the source to take the connection.
    type: int
    default: 30
  freezer_trust_network:
    description:
      - Whether its password may travel where no certificate is checked.
      - Asked only where the source is not on the migration host, and where neither O(freezer_ca_cert) nor
        O(freezer_login_unix_socket) is given.
    type: bool
    default: false
  freezer_login_variables:
    description:
      - What the caller calls these options, as a variable for each, for example C(login_port) with the value
        C(migration_source_login_port). Messages then speak of the variables.
      - The lookup P(alkemio.convergence.login#lookup) fills it.
    type: dict
    default: {}
requirements:
  - PyMySQL
  - cryptography
"""
