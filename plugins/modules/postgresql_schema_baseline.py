#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_schema_baseline
short_description: Make the PostgreSQL schema of databases of MySQL or MariaDB
version_added: 1.1.0
author:
  - Alkemio BV (@alkem-io)
description:
  - For an application that has no migrations for PostgreSQL. Reads the definitions of the source and makes a schema of
    types that hold every value of theirs, with keys, foreign keys, indexes, defaults, checks, computed columns,
    partitions and comments. M(alkemio.convergence.snapshot_transform) takes it without a rule, or with those of
    RV(rules).
  - What means the same on both servers is carried. Everything else is listed with its own text and why, views,
    triggers, routines and events among it.
  - Also asks the rows whether what could be a UUID, a boolean or a time of day is one. The source is only read.
  - Writes C(decisions.yml), a file for each database, C(rules.yml) and C(left_out.md). All that somebody may want
    otherwise stands in the decisions; hand the changed file back in O(decisions).
  - With O(apply=true) the schema is made on the target, whole or not at all, where no table is yet. Where the very same
    tables are, nothing changes. Any others are refused.
  - The options O(login_user) and so on name the source. The target has options of its own that begin with C(target_).
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.mysql
  - alkemio.convergence._mysql
  - alkemio.convergence._postgresql.target
attributes:
  check_mode:
    support: full
    details:
      - Decides everything and writes no file. The schema is made on the target and rolled back.
  diff_mode:
    support: full
    details:
      - Shows the lines that change in each file.
  idempotent:
    support: full
options:
  databases:
    description: The databases, as M(alkemio.convergence.snapshot_transform) takes them.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the database in files and messages.
        type: str
        required: true
      source:
        description: Its name on the source. When not given, the same as O(databases[].name).
        type: str
      target:
        description: Its name on the target. When not given, the same as O(databases[].name).
        type: str
      schema:
        description: Schema of the target database for its tables. When not given, O(schema).
        type: str
      profile:
        description: Not used; so that one list serves all modules.
        type: str
      rules:
        description: Not used; so that one list serves all modules.
        type: dict
  schema:
    description: Schema on the target of the databases that name none.
    type: str
    default: public
  directory:
    description: Folder on this host for the files. Made if need be, for this user alone.
    type: path
    required: true
  decisions:
    description:
      - What C(decisions.yml) holds, by the names of the databases. What is not in it is decided and written there.
      - The collection's C(docs/application-without-migrations.md) describes every key.
    type: dict
    default: {}
  format:
    description: V(sql) for plain SQL, V(typeorm) for one migration of TypeORM.
    type: str
    choices: [sql, typeorm]
    default: sql
  apply:
    description: Whether to make the schema on the target. Needs O(target_login_user).
    type: bool
    default: false
seealso:
  - module: alkemio.convergence.snapshot_transform
  - module: alkemio.convergence.typeorm_migration_audit
"""

EXAMPLES = r"""
---
- name: Write the schema and the decisions, touch no target
  alkemio.convergence.postgresql_schema_baseline:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    databases:
      - name: shop
    directory: /var/lib/convergence/baseline

- name: Make the schema by the decisions that somebody has read and changed
  alkemio.convergence.postgresql_schema_baseline:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    target_login_host: postgresql.example.org
    target_login_user: shop
    target_login_password: "{{ target_password }}"
    databases:
      - name: shop
    directory: /var/lib/convergence/baseline
    decisions:
      shop:
        names: snake_case
        json: jsonb
        types:
          orders:
            seconds: interval
    apply: true
"""

RETURN = r"""
---
directory:
  description: The folder with the files.
  returned: success
  type: str
files:
  description: The files, also in check mode.
  returned: success
  type: list
  elements: str
  sample: [/var/lib/convergence/baseline/decisions.yml, /var/lib/convergence/baseline/shop.sql]
databases:
  description: What was made of each database.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    tables:
      description: How many tables.
      type: int
    statements:
      description: How many statements.
      type: int
    left_out:
      description: What is not on the target as it is on the source, each with kind, name, why, text and proposal.
      type: list
      elements: dict
    applied:
      description: Whether the schema was made on the target, and was not there before.
      type: bool
rules:
  description:
    - By the name of the database, the rules that a migration into this schema needs, for O(databases[].rules). Renames,
      tables left out, and values that can only become NULL.
  returned: success
  type: dict
summary:
  description: What somebody should know, a few lines for each database.
  returned: success
  type: list
  elements: str
differences:
  description: How the tables that are there differ from those of the baseline.
  returned: with RV(error=TargetNotReady)
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: TargetNotReady
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import MYSQL_LOGIN, TARGET_LOGIN, mysql_login, target_login
from ..module_utils._baseline.baseline import make_baseline, places_of
from ..module_utils._drivers import MYSQL, POSTGRESQL
from ..module_utils._module import run

DATABASE = {
    "name": {"type": "str", "required": True},
    "source": {"type": "str"},
    "target": {"type": "str"},
    "schema": {"type": "str"},
    "profile": {"type": "str"},
    "rules": {"type": "dict"},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **MYSQL_LOGIN,
            **TARGET_LOGIN,
            "databases": {"type": "list", "elements": "dict", "required": True, "options": DATABASE},
            "schema": {"type": "str", "default": "public"},
            "directory": {"type": "path", "required": True},
            "decisions": {"type": "dict", "default": {}},
            "format": {"type": "str", "choices": ["sql", "typeorm"], "default": "sql"},
            "apply": {"type": "bool", "default": False},
        },
        required_if=[("apply", True, ["target_login_user"])],
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL, POSTGRESQL) if params["apply"] else (MYSQL,),
        lambda: make_baseline(
            mysql_login(params),
            places_of(params["databases"], params["schema"]),
            params["directory"],
            params["decisions"],
            form=params["format"],
            target=target_login(params) if params["apply"] else None,
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
