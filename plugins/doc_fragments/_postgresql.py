# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

from __future__ import annotations


class ModuleDocFragment:
    """How to reach the PostgreSQL server. Keep in step with module_utils/_argspec.py."""

    DOCUMENTATION = r"""
options:
  login_user:
    description:
      - Role on the PostgreSQL server. It owns the tables of the application.
      - It needs C(CONNECT) and C(CREATE) on the databases. It needs no superuser right.
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
    description: TCP port of the server. With O(login_unix_socket) it names the socket file in that directory.
    type: int
    default: 5432
  login_unix_socket:
    description: Directory of the server's Unix socket. When given, O(login_host) is not used.
    type: path
  ssl_mode:
    description:
      - How much protection the connection must have. The words are those of C(libpq).
      - V(verify-ca) and V(verify-full) check the server's certificate and need O(ca_cert). With any other
        word, a server that is not on the migration host is refused, unless O(trust_network=true).
    type: str
    choices: [disable, allow, prefer, require, verify-ca, verify-full]
    default: prefer
  ca_cert:
    description: File with the certificate authorities to trust, on the migration host.
    type: path
  ssl_cert:
    description: File with the client certificate, on the migration host.
    type: path
  ssl_key:
    description: File with the key of O(ssl_cert), on the migration host.
    type: path
  connect_timeout:
    description: Seconds to wait for the server to take the connection.
    type: int
    default: 30
  trust_network:
    description:
      - Whether the password and the rows may travel where no certificate is checked.
      - Asked only where the server is not on the migration host, which means that O(login_host) has an address
        that is none of the loopback, and where O(ssl_mode) is neither V(verify-ca) nor V(verify-full).
      - A server that asks for the password in clear text is not answered all the same.
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
  - PostgreSQL 17 and later.
requirements:
  - psycopg >= 3, with libpq 16 or later
"""

    TARGET = r"""
options:
  target_login_user:
    description: Role on the PostgreSQL server that the data goes to. Needed only for what is asked of the target.
    type: str
  target_login_password:
    description: Password of O(target_login_user).
    type: str
    default: ''
  target_login_host:
    description: Name or address of the target, as seen from the migration host.
    type: str
    default: localhost
  target_login_port:
    description: TCP port of the target. With O(target_login_unix_socket) it names the socket file in that directory.
    type: int
    default: 5432
  target_login_unix_socket:
    description: Directory of the target's Unix socket. When given, O(target_login_host) is not used.
    type: path
  target_ssl_mode:
    description:
      - How much protection the connection to the target must have. The words are those of C(libpq).
      - V(verify-ca) and V(verify-full) check the target's certificate and need O(target_ca_cert). With any other
        word, a target that is not on the migration host is refused, unless O(target_trust_network=true).
    type: str
    choices: [disable, allow, prefer, require, verify-ca, verify-full]
    default: prefer
  target_ca_cert:
    description: File with the certificate authorities to trust for the target, on the migration host.
    type: path
  target_ssl_cert:
    description: File with the client certificate for the target, on the migration host.
    type: path
  target_ssl_key:
    description: File with the key of O(target_ssl_cert), on the migration host.
    type: path
  target_connect_timeout:
    description: Seconds to wait for the target to take the connection.
    type: int
    default: 30
  target_trust_network:
    description:
      - Whether the target's password and its rows may travel where no certificate is checked.
      - Asked only where the target is not on the migration host, and where O(target_ssl_mode) is neither
        V(verify-ca) nor V(verify-full).
    type: bool
    default: false
  target_login_variables:
    description:
      - What the caller calls these options, as a variable for each, for example C(login_port) with the value
        C(migration_target_login_port). Messages then speak of the variables.
      - The lookup P(alkemio.convergence.login#lookup) fills it.
    type: dict
    default: {}
requirements:
  - psycopg >= 3, with libpq 16 or later
"""
