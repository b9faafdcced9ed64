#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_snapshot_load
short_description: Load a snapshot into PostgreSQL databases
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Loads the chunks of the snapshot in the run directory with parallel workers. Each chunk goes in with one
    transaction that also writes its row of the ledger, so that no chunk is ever loaded twice or in part.
  - Takes secondary indexes, foreign keys and triggers off before, and puts them back after, as they were.
    Sets the sequences past the largest value and analyses the tables.
  - Refuses tables that already hold rows which neither the ledger nor the profile explains, before it
    changes anything.
  - Run again after an interruption, it goes on where it stopped. Run again after its end, it changes nothing.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._run
  - alkemio.convergence._run.encryption
  - alkemio.convergence._run.workers
attributes:
  check_mode:
    support: full
    details:
      - Checks the snapshot and the target, and says what would be loaded.
  diff_mode:
    support: none
    details:
      - A snapshot is too large to show. RV(actions) says what was done.
  idempotent:
    support: full
requirements:
  - zstandard
  - cryptography
seealso:
  - module: alkemio.convergence.mysql_snapshot_dump
  - module: alkemio.convergence.postgresql_snapshot_verify
  - module: alkemio.convergence.postgresql_snapshot_reset
"""

EXAMPLES = r"""
---
- name: Say what would be loaded
  alkemio.convergence.postgresql_snapshot_load:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
  check_mode: true

- name: Load the snapshot, or go on with an interrupted load
  alkemio.convergence.postgresql_snapshot_load:
    login_host: postgresql.example.org
    login_user: alkemio
    login_password: "{{ target_password }}"
    run_directory: /var/lib/convergence/run
    workers: 4
"""

RETURN = r"""
---
databases:
  description: What the target holds of the snapshot, per database.
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
    chunks_loaded:
      description: Number of chunks that this run loaded, or would load in check mode.
      type: int
    chunks_total:
      description: Number of chunks in the manifest.
      type: int
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
  sample: TargetNotReady
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import (
    ENCRYPTION,
    POSTGRESQL_LOGIN,
    RUN_DIRECTORY,
    WORKERS,
    postgresql_login,
    workers,
)
from ..module_utils._drivers import CIPHER, POSTGRESQL, SNAPSHOT
from ..module_utils._module import run
from ..module_utils._move.load import load


def main() -> None:
    module = AnsibleModule(
        argument_spec={**POSTGRESQL_LOGIN, **RUN_DIRECTORY, **ENCRYPTION, **WORKERS},
        supports_check_mode=True,
    )
    params = module.params
    run(
        module,
        (POSTGRESQL, SNAPSHOT, CIPHER),
        lambda: load(
            postgresql_login(params),
            params["run_directory"],
            workers=workers(params),
            encryption_key_file=params["encryption_key_file"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
