#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: channel_info
short_description: Refuse to send a password where nobody has checked who answers
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Judges the way from this host to a server before a client that is not this collection's own logs in there, as
    modules of other collections and C(pg_dumpall) do. The modules of this collection judge by themselves.
  - Refuses a server that is not on this host, unless O(verified=true) or O(trust_network=true).
  - Opens no connection and needs no password. The client looks the name up again, so a name whose addresses change
    in between is not held.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
options:
  server:
    description: What the server is called in messages.
    type: str
    required: true
  login_host:
    description: Name or address of the server, as seen from this host.
    type: str
    default: localhost
  login_port:
    description: TCP port of the server.
    type: int
    required: true
  login_unix_socket:
    description: The server's Unix socket. When given, O(login_host) is not asked for, and nothing is refused.
    type: path
  verified:
    description: Whether the client goes on only if the server's certificate has been checked.
    type: bool
    default: false
  trust_network:
    description: Whether the password may travel where no certificate is checked.
    type: bool
    default: false
  authority:
    description: What the operator sets to have the certificate checked, for the message.
    type: str
    required: true
  word:
    description: What the operator sets to O(trust_network), for the message.
    type: str
    required: true
seealso:
  - module: alkemio.convergence.mysql_readiness_info
  - module: alkemio.convergence.postgresql_readiness_info
"""

EXAMPLES = r"""
---
- name: Check that the password may go to the server of the backups
  alkemio.convergence.channel_info:
    server: the server of the backups
    login_host: backup.example.org
    login_port: 5432
    verified: "{{ backup_ssl_mode in ['verify-ca', 'verify-full'] }}"
    trust_network: "{{ backup_trust_network }}"
    authority: "backup_ca_cert with backup_ssl_mode: verify-full"
    word: backup_trust_network
"""

RETURN = r"""
---
addresses:
  description: The addresses of the server. Empty for a Unix socket.
  returned: success
  type: list
  elements: str
local:
  description: Whether all of them are this host's own.
  returned: success
  type: bool
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: ServerError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import run
from ..module_utils._operate.channel import channel


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "server": {"type": "str", "required": True},
            "login_host": {"type": "str", "default": "localhost"},
            "login_port": {"type": "int", "required": True},
            "login_unix_socket": {"type": "path"},
            "verified": {"type": "bool", "default": False},
            "trust_network": {"type": "bool", "default": False},
            "authority": {"type": "str", "required": True},
            "word": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (),
        lambda: channel(
            params["server"],
            params["login_host"],
            params["login_port"],
            params["login_unix_socket"],
            verified=params["verified"],
            trusted=params["trust_network"],
            variables=(params["authority"], params["word"]),
        ),
    )


if __name__ == "__main__":
    main()
