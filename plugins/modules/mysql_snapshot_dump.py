#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mysql_snapshot_dump
short_description: Scan MySQL or MariaDB databases and dump them as a snapshot
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - First scans all tables for values that do not fit the target and that no policy decides. If there are
    any, it fails and lists all of them, before anything is dumped.
  - Then reads the tables with parallel workers into the run directory, ready for
    M(alkemio.convergence.postgresql_snapshot_load). The source server does the conversion, as
    C(transform.json) says.
  - The source is only read.
  - Run again after an interruption, it goes on where it stopped if the source did not move. Run again after
    its end, it changes nothing.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.mysql
  - alkemio.convergence._mysql
  - alkemio.convergence._postgresql.target
  - alkemio.convergence._run
  - alkemio.convergence._run.encryption
  - alkemio.convergence._run.workers
attributes:
  check_mode:
    support: full
    details:
      - Does the whole scan, and dumps nothing.
  diff_mode:
    support: none
    details:
      - A snapshot is too large to show. RV(actions) says what was done.
  idempotent:
    support: full
    details:
      - With O(restart=true) the snapshot is made again each time.
options:
  mode:
    description:
      - V(frozen) is for a migration. Any write to the source while the dump runs, or since an interrupted
        dump, is an error.
      - V(live) is for a rehearsal against a source in use. All readers see one point in time. An
        interrupted dump starts again.
    type: str
    choices: [frozen, live]
    default: frozen
  restart:
    description: Whether to discard an existing snapshot in the run directory and begin again.
    type: bool
    default: false
  trial:
    description:
      - What to do about constraints, unique keys, references, partitions and computed columns of the target that no
        query of the source can judge.
      - V(off) lists them in RV(untested), and the load tests them.
      - V(full) puts all rows of their tables into temporary copies of the target's definitions, in a transaction that
        is rolled back, before anything is dumped. What is refused is in RV(misfits), with keys. This takes about as
        long as loading these tables, room for temporary tables, and the privilege C(TEMPORARY) on the database.
      - V(sample) does so with the first 10,000 rows of each table. What it does not find stays untested.
      - Needs O(target_login_user).
    type: str
    choices: ['off', sample, full]
    default: 'off'
  chunk_bytes:
    description: Size at which a chunk of a table should end, in bytes before compression.
    type: int
    default: 33554432
requirements:
  - zstandard
seealso:
  - module: alkemio.convergence.snapshot_transform
  - module: alkemio.convergence.postgresql_snapshot_load
"""

EXAMPLES = r"""
---
- name: Look for values that do not fit, dump nothing
  alkemio.convergence.mysql_snapshot_dump:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    run_directory: /var/lib/convergence/run
  check_mode: true

- name: Look for values that do not fit, and put to the target what the source cannot judge
  alkemio.convergence.mysql_snapshot_dump:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    target_login_host: postgresql.example.org
    target_login_user: alkemio
    target_login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
    trial: full
  check_mode: true

- name: Dump the frozen source
  alkemio.convergence.mysql_snapshot_dump:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    run_directory: /var/lib/convergence/run
    workers: 4

- name: Dump the frozen source, encrypted at rest
  alkemio.convergence.mysql_snapshot_dump:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    run_directory: /var/lib/convergence/run
    encryption_key_file: /etc/convergence/snapshot.key

- name: Dump a source in use, for a rehearsal
  alkemio.convergence.mysql_snapshot_dump:
    login_host: mysql.example.org
    login_user: convergence
    login_password: "{{ source_password }}"
    run_directory: /var/lib/convergence/rehearsal
    mode: live
    restart: true
"""

RETURN = r"""
---
databases:
  description: What the snapshot holds, per database.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the database in the run directory.
      type: str
    tables:
      description: Number of tables.
      type: int
    rows:
      description: Number of rows.
      type: int
    bytes:
      description: Number of bytes before compression.
      type: int
    chunks:
      description: Number of chunk files.
      type: int
    alterations:
      description: Number of values that a policy changed. Each stands in C(alterations.jsonl).
      type: int
misfits:
  description:
    - Values that do not fit the target, counted by class.
    - On success, those that a policy decided. On failure with RV(error=MisfitsFound), all that no policy
      decides, with example keys.
  returned: success, or when values need a decision
  type: list
  elements: dict
  contains:
    database:
      description: Name of the database in the run directory.
      type: str
    table:
      description: The table.
      type: str
    column:
      description: The column.
      type: str
    class:
      description: Class of the values, as profiles name it.
      type: str
    policy:
      description: What is done with them, V(fail) where nobody has decided.
      type: str
    count:
      description: Number of values.
      type: int
    examples:
      description: Keys of some of the rows.
      type: list
      elements: str
    detail:
      description: What no row can show, for example where a sequence of the target would have to go on.
      type: str
    meaning:
      description: What is wrong with such values.
      type: str
    definition:
      description: The constraint that refuses the rows, as the target prints it.
      type: str
    remedy:
      description: What can be done.
      type: str
untested:
  description:
    - What of the target could refuse a row and was judged by nobody. The load tests it.
    - It says what to look at before the downtime, or to put to O(trial).
  returned: success, or when values need a decision
  type: list
  elements: dict
  contains:
    database:
      description: Name of the database in the run directory.
      type: str
    table:
      description: The table.
      type: str
    name:
      description: The constraint, index or column.
      type: str
    definition:
      description: Its definition, as the target prints it.
      type: str
    why:
      description: Why the source was not asked.
      type: str
    count:
      description: Number of rows that nobody has judged, null for all rows of the table.
      type: int
    apart:
      description: Whether it stands outside the definition of the table, so that no O(trial) can judge it.
      type: bool
actions:
  description: What was done, in the order of doing.
  returned: success
  type: list
  elements: str
seconds:
  description: How long it took.
  returned: success
  type: float
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: MisfitsFound
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import (
    ENCRYPTION,
    MYSQL_LOGIN,
    RUN_DIRECTORY,
    TARGET_LOGIN,
    WORKERS,
    mysql_login,
    target_login,
    workers,
)
from ..module_utils._drivers import MYSQL, POSTGRESQL, SNAPSHOT
from ..module_utils._module import run
from ..module_utils._move.dump import dump


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **MYSQL_LOGIN,
            **TARGET_LOGIN,
            **RUN_DIRECTORY,
            **ENCRYPTION,
            **WORKERS,
            "mode": {"type": "str", "choices": ["frozen", "live"], "default": "frozen"},
            "restart": {"type": "bool", "default": False},
            "trial": {"type": "str", "choices": ["off", "sample", "full"], "default": "off"},
            "chunk_bytes": {"type": "int", "default": 33554432},
        },
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (MYSQL, SNAPSHOT) if params["trial"] == "off" else (MYSQL, POSTGRESQL, SNAPSHOT),
        lambda: dump(
            mysql_login(params),
            params["run_directory"],
            workers=workers(params),
            mode=params["mode"],
            restart=params["restart"],
            chunk_bytes=params["chunk_bytes"],
            encryption_key_file=params["encryption_key_file"],
            trial=params["trial"],
            target=target_login(params),
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
