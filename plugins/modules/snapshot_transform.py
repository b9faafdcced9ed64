#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapshot_transform
short_description: Decide how every column travels, in a file that people can read
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Compares the two catalogs in the run directory and writes C(transform.json) there. For every column it
    holds the conversion, the form in which both servers are compared, and the policy for values that do not
    fit.
  - Talks to no server. M(alkemio.convergence.mysql_snapshot_dump),
    M(alkemio.convergence.postgresql_snapshot_load) and M(alkemio.convergence.postgresql_snapshot_verify) do
    what the file says.
  - Fails when catalogs and rules do not fit together, for example when the target lacks a column.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._run
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Shows what changes in C(transform.json).
  idempotent:
    support: full
options:
  databases:
    description: The databases to move.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the database in the run directory and in the report.
        type: str
        required: true
      source:
        description: Its name on the source. When not given, the same as O(databases[].name).
        type: str
      target:
        description: Its name on the target. When not given, the same as O(databases[].name).
        type: str
      schema:
        description:
          - Schema of the target database that holds its tables. When not given, O(schema).
          - Several databases may go into one database of the target, each into a schema of its own.
        type: str
      profile:
        description:
          - Name of the profile in O(profiles) whose rules apply. When not given, only the built-in rules
            apply.
        type: str
      rules:
        description:
          - Rules for this database alone, with the keys of a profile. They are taken after the profile's own.
          - The collection's C(docs/profiles.md) describes every key.
          - A rule that is about no table or column is refused, with the nearest name.
          - C(after_load) is a list of statements of the target, each with C(statement) and C(reason), which
            M(alkemio.convergence.postgresql_snapshot_load) does once when all rows are loaded.
          - C(refresh_materialized_views) is a list of names, or patterns of them, of the materialized views that it
            refreshes after that.
        type: dict
  schema:
    description:
      - Schema on the target of the databases that name none.
      - When not given, the one that was inspected.
    type: str
  profiles:
    description:
      - Content of the profiles, by their names.
      - A profile names the tables to leave out, the rows to empty on the target, the policies for values
        that do not fit, and what must be true of the application before and after. The role
        P(alkemio.convergence.migration#role) reads the profiles of this collection.
    type: dict
    default: {}
seealso:
  - module: alkemio.convergence.mysql_schema_info
  - module: alkemio.convergence.postgresql_schema_info
  - module: alkemio.convergence.mysql_snapshot_dump
"""

EXAMPLES = r"""
---
- name: Decide how the columns of one database travel, by the built-in rules
  alkemio.convergence.snapshot_transform:
    run_directory: /var/lib/convergence/run
    databases:
      - name: shop

- name: Two databases of the source into two schemas of one database of the target
  alkemio.convergence.snapshot_transform:
    run_directory: /var/lib/convergence/run
    databases:
      - name: shop
        target: company
        schema: shop
      - name: wiki
        target: company
        schema: wiki

- name: Let a trigger fill a column after the load, and refresh what counts the rows
  alkemio.convergence.snapshot_transform:
    run_directory: /var/lib/convergence/run
    databases:
      - name: shop
        rules:
          add_columns:
            - table: article
              column: search
              leave_to_default: true
          after_load:
            - statement: UPDATE article SET title = title
              reason: The trigger fills the search column.
          refresh_materialized_views:
            - total

- name: Show what a changed profile would change, write nothing
  alkemio.convergence.snapshot_transform:
    run_directory: /var/lib/convergence/run
    databases:
      - name: alkemio
        source: alkemio_production
        profile: alkemio
    profiles:
      alkemio: "{{ lookup('ansible.builtin.file', 'profiles/alkemio.yml') | from_yaml }}"
  check_mode: true
  diff: true
"""

RETURN = r"""
---
path:
  description: The file that was written, C(transform.json) in the run directory.
  returned: success
  type: str
  sample: /var/lib/convergence/run/transform.json
summary:
  description: One line per database, and one per thing that the operator should know.
  returned: success
  type: list
  elements: str
databases:
  description: What was decided, per database.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the database in the run directory.
      type: str
    source:
      description: Its name on the source.
      type: str
    target:
      description: Its name on the target.
      type: str
    schema:
      description: The schema there.
      type: str
    profile:
      description: Name of the profile.
      type: str
    tables:
      description: Number of tables that travel.
      type: int
    columns:
      description: Number of their columns.
      type: int
    skipped:
      description: Tables that the profile leaves out.
      type: list
      elements: str
    leftovers:
      description: Tables of the source that have no target and stay behind.
      type: list
      elements: str
    notices:
      description:
        - What the operator should know. Among it every target column that the load does not fill, every trigger that
          an insert would have fired, every materialized view, and every sequence that cannot be set.
      type: list
      elements: str
problems:
  description:
    - All that does not fit together in all databases. Each kind stands there once, with its objects and the rule that
      would decide it.
    - With RV(error=InputError) what is wrong with databases and profiles, when it is more than one thing.
  returned: with RV(error=PlanError)
  type: list
  elements: str
rules:
  description:
    - The rules that would decide RV(problems), by the name of the database, to be pasted into O(databases[].rules).
    - They are proposals. One that leaves something behind or makes a value up is right only if that is meant.
  returned: with RV(error=PlanError)
  type: dict
  sample:
    shop:
      columns:
        - {source_type: timestamp, target_type: bigint, expression: "UNIX_TIMESTAMP({column})", type: bigint}
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: PlanError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import RUN_DIRECTORY
from ..module_utils._module import run
from ..module_utils._move.transform import make_plan

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
            **RUN_DIRECTORY,
            "databases": {"type": "list", "elements": "dict", "required": True, "options": DATABASE},
            "schema": {"type": "str"},
            "profiles": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (),
        lambda: make_plan(
            params["run_directory"],
            params["databases"],
            params["profiles"],
            schema=params["schema"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
