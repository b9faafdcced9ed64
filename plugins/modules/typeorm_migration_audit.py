#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: typeorm_migration_audit
short_description: Find what only MySQL knows in a chain of migrations
version_added: 1.1.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Reads the migrations of a TypeORM project, or a folder of plain SQL migrations, and says for every statement what
    PostgreSQL needs instead, for every migration whether it runs there, and for the chain whether to keep it, to adapt
    it, or to begin with a new baseline.
  - TypeScript and JavaScript are parsed, not run, and no Node is needed. Statements are followed through constants,
    loops and the helpers that relative imports lead to. What is known at run time only is named as such.
  - Reads a checkout and writes nothing there. It asks no server.
extends_documentation_fragment:
  - alkemio.convergence._attributes
attributes:
  check_mode:
    support: full
    details:
      - Reads and judges everything, and says whether the files of the report would change.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  path:
    description: The folder with the migrations, in a checkout on this host.
    type: path
    required: true
  dialect:
    description:
      - V(typeorm) for classes with C(up) and C(down), in TypeScript or JavaScript.
      - V(sql) for files as Flyway (C(V1__name.sql), C(U1__name.sql)), golang-migrate (C(1_name.up.sql)) and Ory
        (C(1_name.mysql.up.sql)) name them, or that begin with a number.
    type: str
    choices: [typeorm, sql]
    default: typeorm
  recurse:
    description: Whether the folders below O(path) belong to the chain.
    type: bool
    default: false
  applied:
    description:
      - The rows of the table of applied migrations of one database. When given, the chain is compared with it.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the migration, as the table has it.
        type: str
        required: true
      timestamp:
        description: Its timestamp.
        type: int
      sha256:
        description:
          - SHA-256 of its file when it was applied, in hexadecimal, as an earlier report has it.
        type: str
  report_directory:
    description:
      - Folder on this host for C(audit.json), C(audit.md) and C(rewritten.sql). Made if need be, for this user alone.
      - When not given, nothing is written, and the result has all but the statements.
    type: path
requirements:
  - sqlglot
  - tree-sitter
  - tree-sitter-typescript
seealso:
  - name: Deciding on the chain
    description: The guide, with the report of an example.
    link: https://github.com/alkem-io/convergence/blob/main/docs/deciding-on-the-chain.md
  - name: Constructs of migrations
    description: Every construct, and what PostgreSQL needs instead.
    link: https://github.com/alkem-io/convergence/blob/main/docs/migration-constructs.md
"""

EXAMPLES = r"""
---
- name: Audit the chain of a TypeORM project
  alkemio.convergence.typeorm_migration_audit:
    path: /srv/checkouts/server/src/migrations
    report_directory: /srv/audits/server

- name: Audit plain SQL migrations
  alkemio.convergence.typeorm_migration_audit:
    path: /srv/checkouts/identity/migrations
    dialect: sql

- name: Compare the chain with what a database has applied
  alkemio.convergence.typeorm_migration_audit:
    path: /srv/checkouts/server/src/migrations
    applied:
      - timestamp: 1730713372181
        name: SchemaSetup1730713372181
"""

RETURN = r"""
---
verdict:
  description: What becomes of the chain, V(keep), V(adapt) or V(new baseline).
  returned: success
  type: str
  sample: new baseline
effort:
  description: Minutes of work that the verdict weighs, estimated by statement. C(baseline) is that for a new baseline.
  returned: success
  type: dict
  sample: {"up": 61, "down": 23, "all": 84, "baseline": 960}
counts:
  description:
    - Migrations, statements, how many of them were written anew, and how many there are by verdict and by severity.
  returned: success
  type: dict
faults:
  description:
    - What is wrong with the chain as a chain. C(weight) is V(stops) where it does not run as it is meant to, else
      V(tells).
  returned: success
  type: list
  elements: dict
totals:
  description: By construct how many migrations, statements and places have it, by direction too.
  returned: success
  type: list
  elements: dict
verbs:
  description: How many statements there are of each kind.
  returned: success
  type: dict
pending:
  description: Names of the migrations that the database lacks. Null without O(applied).
  returned: success
  type: list
  elements: str
migrations:
  description:
    - Every migration in the order in which it runs, with its verdict, the verdicts on each direction, its constructs
      and its helper files.
  returned: success
  type: list
  elements: dict
helpers:
  description: Files that migrations import, with what in them is no plain statement.
  returned: success
  type: list
  elements: dict
left_out:
  description: Files that are no part of the chain for MySQL, and why.
  returned: success
  type: list
  elements: dict
other_servers:
  description: By migration the other servers for which the chain has a file of its own.
  returned: success
  type: dict
files:
  description: Paths of the files of the report.
  returned: success
  type: list
  elements: str
format:
  description: Version of the form of C(audit.json).
  returned: success
  type: int
dialect:
  description: The kind of the chain.
  returned: success
  type: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InputError
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._audit.audit import audit
from ..module_utils._audit.parsers import PARSERS
from ..module_utils._module import run


def main() -> None:
    applied = {
        "name": {"type": "str", "required": True},
        "timestamp": {"type": "int"},
        "sha256": {"type": "str"},
    }
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "dialect": {"type": "str", "choices": ["typeorm", "sql"], "default": "typeorm"},
            "recurse": {"type": "bool", "default": False},
            "applied": {"type": "list", "elements": "dict", "default": [], "options": applied},
            "report_directory": {"type": "path"},
        },
        supports_check_mode=True,
    )
    params = module.params
    report = params["report_directory"]
    run(
        module,
        (PARSERS,),
        lambda: audit(
            Path(params["path"]),
            params["dialect"],
            recurse=params["recurse"],
            applied=params["applied"],
            report_directory=Path(report) if report else None,
            check=module.check_mode,
        ),
        where="This host's",
        environment="Make an environment with the role alkemio.convergence.migration_audit",
    )


if __name__ == "__main__":
    main()
