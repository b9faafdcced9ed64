#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_snapshot_verify
short_description: Prove that PostgreSQL holds the same values as the source
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Lets each server hash every row of its own tables and compares the sums. Nothing that the dump or the
    load wrote is trusted on the way.
  - Checks row counts, foreign keys, sequences, indexes, constraints and triggers too.
  - Writes C(report.json) into the run directory first. Then fails if anything differs, and names table, key
    and column.
  - An earlier report is set aside as C(report-before-verify.json) when the comparison begins, so that one that does
    not end leaves no verdict standing. One that says the same comes back as it was.
  - The options O(login_user) and so on name the target. The source has options of its own that begin with
    C(source_).
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._mysql.source
  - alkemio.convergence._run
  - alkemio.convergence._run.workers
options:
  force:
    description:
      - Compare even after the cut-over of this run has begun. The application has probably written to the target by
        then, and the previous report is replaced.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details:
      - Compares everything, and does not write C(report.json).
  diff_mode:
    support: none
    details:
      - RV(differences) names what differs between the servers.
  idempotent:
    support: full
    details:
      - The report is written again when what it says has changed.
requirements:
  - zstandard
seealso:
  - module: alkemio.convergence.postgresql_snapshot_load
  - module: alkemio.convergence.snapshot_info
"""

EXAMPLES = r"""
---
- name: Compare the target with the source
  alkemio.convergence.postgresql_snapshot_verify:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    source_login_host: mysql.example.org
    source_login_user: convergence
    source_login_password: "{{ source_password }}"
    run_directory: /var/lib/convergence/run

- name: Compare the target with what is kept of the source, when that is off
  alkemio.convergence.postgresql_snapshot_verify:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
"""

RETURN = r"""
---
verdict:
  description: Whether the two sides hold the same values. The module fails when it is V(different).
  returned: when the comparison was made
  type: str
  sample: equal
evidence_hash:
  description:
    - Hash over what was proved. That is tables, rows, sums, the version of the compared forms, alterations
      and constraints.
    - The same data give the same hash, whatever the number of workers, the route or the time.
  returned: when the comparison was made
  type: str
report:
  description: The report that was written.
  returned: when the comparison was made
  type: str
  sample: /var/lib/convergence/run/report.json
databases:
  description: What was compared, per database.
  returned: when the comparison was made
  type: list
  elements: dict
  contains:
    name:
      description: Name of the database in the run directory.
      type: str
    verdict:
      description: Whether all its tables hold the same values.
      type: str
    tables:
      description: Number of tables.
      type: int
    rows:
      description: Number of rows on the target.
      type: int
    bytes:
      description: Number of bytes dumped, before compression.
      type: int
    alterations:
      description: Number of values that a policy changed.
      type: int
    alteration_rules:
      description: The same number per column, class and policy.
      type: dict
    passed_by:
      description:
        - What got nothing of the rows that were loaded. C(columns) that the target computes or that are left to their
          default, C(triggers) that an insert would have fired, C(materialized_views) with whether they were refreshed
          and hold anything, and the statements of C(after_load) with the number of their rows.
      type: dict
differences:
  description: The rows that differ, at most 100 of a table.
  returned: when the comparison was made
  type: list
  elements: dict
  contains:
    database:
      description: Name of the database in the run directory.
      type: str
    table:
      description: The table.
      type: str
    key:
      description: Key of the row, by column. Empty where the table has no key.
      type: dict
    kind:
      description: V(changed), V(missing) on the target, or V(unexpected) there.
      type: str
    columns:
      description: The columns whose values differ, where the row is V(changed).
      type: list
      elements: str
    rows:
      description: Number of rows, where the table has no key.
      type: int
problems:
  description: What is wrong with the target beside its rows, one line each. For example a missing index.
  returned: when the comparison was made
  type: list
  elements: str
proof:
  description:
    - What the verdict is worth. C(mode) of the dump; C(source), whether it computed its sums now or they were kept;
      C(sums_of), when they were computed; C(frozen_since), since when the source is frozen, or null; C(copy), whether
      it is a restored copy; C(verified), the end of the verification.
  returned: when the comparison was made
  type: dict
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: VerifyFailed
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import (
    POSTGRESQL_LOGIN,
    RUN_DIRECTORY,
    SOURCE_LOGIN,
    WORKERS,
    postgresql_login,
    source_login,
    workers,
)
from ..module_utils._drivers import MYSQL, POSTGRESQL, SNAPSHOT
from ..module_utils._module import run
from ..module_utils._prove.verify import verify


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            **SOURCE_LOGIN,
            **RUN_DIRECTORY,
            **WORKERS,
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL, POSTGRESQL, SNAPSHOT),
        lambda: verify(
            postgresql_login(params),
            source_login(params),
            params["run_directory"],
            workers=workers(params),
            force=params["force"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
