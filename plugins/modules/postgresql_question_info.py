#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_question_info
short_description: Ask the target a yes-or-no question in SQL
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Asks until the answer is yes or O(timeout) is over, for example whether what the application has just written is in
    PostgreSQL.
  - The question runs in a transaction that can only read. Only yes or no is returned, no value of a row.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
options:
  database:
    description: The database to ask.
    type: str
    required: true
  question:
    description:
      - One statement that gives one row with one column. A true boolean, or a whole number that is not 0, is a yes.
    type: str
    required: true
  timeout:
    description: For how many seconds to ask before the answer is no.
    type: int
    default: 0
seealso:
  - module: alkemio.convergence.application_sessions_info
"""

EXAMPLES = r"""
---
- name: Ask whether the sale of the check has arrived
  alkemio.convergence.postgresql_question_info:
    login_host: postgresql.example.org
    login_user: shop
    login_password: "{{ target_password }}"
    database: shop
    question: SELECT count(*) FROM sale WHERE note = 'a check of November'
    timeout: 20
  register: arrived
"""

RETURN = r"""
---
answer:
  description: Whether the answer is yes.
  returned: success
  type: bool
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: ServerError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import POSTGRESQL_LOGIN, postgresql_login
from ..module_utils._drivers import POSTGRESQL
from ..module_utils._module import run
from ..module_utils._operate.question import ask


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            "database": {"type": "str", "required": True},
            "question": {"type": "str", "required": True},
            "timeout": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (POSTGRESQL,),
        lambda: ask(postgresql_login(params), params["database"], params["question"], params["timeout"]),
    )


if __name__ == "__main__":
    main()
