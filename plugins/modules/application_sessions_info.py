#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: application_sessions_info
short_description: Tell on which server the sessions of an application's services are
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Asks PostgreSQL (C(pg_stat_activity)) and the source who is connected, and tells of each service what that proves -
    that it has sessions on PostgreSQL, and none on the source any more.
  - Sessions of this collection and of programs that people use (psql, pg_dump, pgAdmin, DBeaver) do not count, unless
    O(services[].application_names) names them.
  - A session that may be of several of the services proves nothing of any. Neither does one that began before the
    cut-over of the run, when every service stood still.
  - Asks until everything is proved or O(timeout) is over. Texts of statements are not read, since they can hold values.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._mysql.source
  - alkemio.convergence._run
options:
  services:
    description: The services, each with what tells its sessions from those of others.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      target_users:
        description: Roles that it logs in with to PostgreSQL. When empty, nothing is asked of the service.
        type: list
        elements: str
        default: []
      target_databases:
        description: Databases there that it uses. When empty, any.
        type: list
        elements: str
        default: []
      application_names:
        description: What its sessions call themselves (C(application_name) of its connection). When empty, anything.
        type: list
        elements: str
        default: []
      addresses:
        description: Addresses or networks that its sessions come from, as PostgreSQL sees them. When empty, any.
        type: list
        elements: str
        default: []
      sessions:
        description: How many sessions it must have at least.
        type: int
        default: 1
      source_users:
        description: Users that it logs in with to the source. When empty, the source is not asked about it.
        type: list
        elements: str
        default: []
      source_databases:
        description: Databases there that it uses. When empty, any. A session without a database always counts.
        type: list
        elements: str
        default: []
  timeout:
    description: For how many seconds to ask before something counts as not proved.
    type: int
    default: 60
seealso:
  - module: alkemio.convergence.mysql_sessions_info
  - module: alkemio.convergence.postgresql_question_info
"""

EXAMPLES = r"""
---
- name: Ask where the server works
  alkemio.convergence.application_sessions_info:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    source_login_host: mysql.example.org
    source_login_user: freezer
    source_login_password: "{{ freezer_password }}"
    run_directory: /var/lib/convergence/run
    services:
      - name: server
        target_users: [alkemio]
        target_databases: [alkemio]
        source_users: [root]
  register: found

- name: Stop unless it works on PostgreSQL
  ansible.builtin.assert:
    that: found.failures | length == 0
    fail_msg: "{{ found.failures | join('; ') }}"
"""

RETURN = r"""
---
services:
  description: A finding for each service, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
    proved:
      description: What was proved, in words.
      type: list
      elements: str
    not_proved:
      description: What was not asked, in words.
      type: list
      elements: str
    failed:
      description: What was asked and is not so, in words.
      type: list
      elements: str
failures:
  description: All that was asked and is not so, in sentences.
  returned: success
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: ServerError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import (
    POSTGRESQL_LOGIN,
    RUN_DIRECTORY,
    SERVICES,
    SOURCE_LOGIN,
    postgresql_login,
    source_login,
)
from ..module_utils._drivers import MYSQL, POSTGRESQL
from ..module_utils._module import run
from ..module_utils._operate.whereabouts import whereabouts


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            **SOURCE_LOGIN,
            **RUN_DIRECTORY,
            "services": SERVICES,
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL, POSTGRESQL),
        lambda: whereabouts(
            postgresql_login(params),
            source_login(params),
            params["services"],
            params["run_directory"],
            0 if module.check_mode else params["timeout"],
        ),
    )


if __name__ == "__main__":
    main()
