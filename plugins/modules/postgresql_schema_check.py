#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_schema_check
short_description: Hold a PostgreSQL schema to its contract
version_added: 1.1.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Writes what a schema is into a file that people read and commit, the contract, or compares a live schema with it,
    object by object. Types, defaults, keys, indexes, triggers and the bodies of their functions, rules, policies,
    sequences, types, views, publications, owners and comments are all part of it.
  - Sizes, rows, statistics that were gathered and the values of sequences are not.
  - Changes nothing on the server.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
attributes:
  check_mode:
    support: full
    details:
      - With O(state=present), says whether the contract would change. With O(state=compared), compares and fails as
        otherwise, and writes no report.
  diff_mode:
    support: full
    details:
      - With O(state=present), shows what changes in the contract. With check mode as well, that is the difference
        between a contract and a live schema, and nothing is written.
      - With O(state=compared), RV(deviations) has both sides of every deviation.
  idempotent:
    support: full
options:
  database:
    description: Name of the database.
    type: str
    required: true
  contract:
    description: File of the contract on the host where the module runs. It is JSON, and sorted.
    type: path
    required: true
  state:
    description:
      - V(present) writes the contract of the live schema.
      - V(compared) compares the live schema with the contract.
    type: str
    choices: [present, compared]
    default: compared
  schemas:
    description:
      - The schemas that the contract is of, with O(state=present). A comparison takes them from the contract.
      - Partitions in other schemas belong to it as well, and what tables use from there.
    type: list
    elements: str
    default: [public]
  grants:
    description:
      - Whether the contract holds who may do what, with O(state=present). A comparison does as the contract does.
    type: bool
    default: false
  fail_on:
    description:
      - The least severity of a deviation that fails, with O(state=compared). V(never) only tells them.
    type: str
    choices: [error, warning, info, never]
    default: warning
  ignore:
    description:
      - Kinds of deviations that are not compared, with C(*) and C(?), for example C(*_owner) or C(table_tablespace).
    type: list
    elements: str
    default: []
  severities:
    description:
      - Kinds, or patterns of them, that have another severity than by default, for example C(*_comment) V(error). The
        last that names a kind counts.
    type: dict
    default: {}
  junit:
    description: File for a report as JUnit, a test case for each object. Written with O(state=compared).
    type: path
  markdown:
    description: File for a report as Markdown. Written with O(state=compared).
    type: path
seealso:
  - module: alkemio.convergence.postgresql_schema_info
  - name: Schema contract
    description: What a contract holds, and every kind of deviation with its severity.
    link: https://github.com/alkem-io/convergence/blob/main/docs/schema-contract.md
"""

EXAMPLES = r"""
---
- name: Write the contract of the schema that the migrations made
  alkemio.convergence.postgresql_schema_check:
    login_user: alkemio
    login_password: "{{ target_password }}"
    database: alkemio
    contract: /srv/contracts/alkemio.json
    state: present

- name: Hold a fresh environment to it
  alkemio.convergence.postgresql_schema_check:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    ssl_mode: verify-full
    ca_cert: /etc/ssl/certs/postgresql-ca.pem
    database: alkemio
    contract: /srv/contracts/alkemio.json
    ignore: ["*_owner", "*_tablespace"]
    junit: /srv/reports/alkemio-schema.xml
    markdown: /srv/reports/alkemio-schema.md
"""

RETURN = r"""
---
contract:
  description: Path of the contract.
  returned: success
  type: str
  sample: /srv/contracts/alkemio.json
objects:
  description: How many objects the contract has.
  returned: success
  type: int
  sample: 1432
counts:
  description: How many deviations of each severity there are, with O(state=compared).
  returned: O(state=compared), failure too
  type: dict
  sample: {"error": 1, "warning": 0, "info": 2}
deviations:
  description:
    - Every deviation, the gravest first, with its C(kind), C(severity), C(object), C(name), C(table), C(field), what
      the contract has (C(was)) and what the live schema has (C(now)).
  returned: O(state=compared), failure too
  type: list
  elements: dict
  sample:
    - kind: column_not_null
      severity: error
      object: column public.user.email
      name: public.user.email
      table: public.user
      field: not_null
      was: true
      now: null
error:
  description: Name of the kind of error; V(SchemaDeviates) for deviations.
  returned: failure
  type: str
  sample: SchemaDeviates
"""

import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import POSTGRESQL_LOGIN, postgresql_login
from ..module_utils._contract.check import check_schema, write
from ..module_utils._drivers import POSTGRESQL
from ..module_utils._module import Outcome, run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            "database": {"type": "str", "required": True},
            "contract": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["present", "compared"], "default": "compared"},
            "schemas": {"type": "list", "elements": "str", "default": ["public"]},
            "grants": {"type": "bool", "default": False},
            "fail_on": {
                "type": "str",
                "choices": ["error", "warning", "info", "never"],
                "default": "warning",
            },
            "ignore": {"type": "list", "elements": "str", "default": []},
            "severities": {"type": "dict", "default": {}},
            "junit": {"type": "path"},
            "markdown": {"type": "path"},
        },
        supports_check_mode=True,
    )
    params = module.params
    place = (postgresql_login(params), params["database"], Path(params["contract"]))
    asked: dict[str, t.Any] = {name: params[name] for name in ("fail_on", "ignore", "severities")}
    asked |= {name: Path(params[name]) for name in ("junit", "markdown") if params[name]}

    def work() -> Outcome:
        if params["state"] == "present":
            return write(*place, params["schemas"], grants=params["grants"], check=module.check_mode)
        return check_schema(*place, **asked, check=module.check_mode)

    run(module, (POSTGRESQL,), work)


if __name__ == "__main__":
    main()
