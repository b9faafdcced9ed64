#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapshot_preflight
short_description: List everything that would stop a migration
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Looks at both servers, accounts, disk, catalogs, rules, the state of the target and every value of the source, of
    all databases, and prints one list of what would stop a migration.
  - What is found in one database or table keeps nothing else from being looked at.
  - Nothing on a server changes. The load is rehearsed on the target without rows, in transactions that are rolled
    back. The source may be in use.
  - Writes C(preflight.json) and C(preflight.md) into the run directory, also when it then fails. They show keys of
    rows, so only their owner can read them. A run that exists stays as it is, and no run is bound to the servers.
  - The options O(login_user) and so on name the target. The source has options of its own that begin with C(source_).
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.postgresql
  - alkemio.convergence._postgresql
  - alkemio.convergence._mysql.source
  - alkemio.convergence._run
  - alkemio.convergence._run.encryption
  - alkemio.convergence._run.workers
attributes:
  check_mode:
    support: full
    details:
      - Looks at everything and prints the list, and writes no file.
  diff_mode:
    support: none
    details:
      - The list says what was found.
  idempotent:
    support: full
    details:
      - The files are written again when what they say has changed.
options:
  databases:
    description:
      - The databases to move, as M(alkemio.convergence.snapshot_transform) takes them, with C(name), and C(source),
        C(target), C(schema), C(profile) and C(rules) where they are needed.
    type: list
    elements: dict
    required: true
  profiles:
    description: Content of the profiles that O(databases) name, by their names.
    type: dict
    default: {}
  schema:
    description: Schema on the target of the databases that name none.
    type: str
    default: public
  extensions:
    description: Extensions that the application needs, as a list for each target database that needs some.
    type: dict
    default: {}
  connections:
    description: How many connections the application will need at the same time. V(0) does not ask.
    type: int
    default: 0
  scan:
    description: Whether to look at every value of the source. Without it, the list says that they were not looked at.
    type: bool
    default: true
  trial:
    description:
      - Whether to put to the target what no query of the source can judge, as
        M(alkemio.convergence.mysql_snapshot_dump) does, V(sample) with the first 10,000 rows of each table concerned,
        V(full) with all of them. V(off) lists it as untested.
    type: str
    choices: ['off', sample, full]
    default: 'off'
  migrating:
    description:
      - Whether this is a part of a migration. What only the application will need on the target is then listed, and
        does not fail.
    type: bool
    default: false
  pass_begun:
    description: Whether only to reach both servers where the run has begun its dump.
    type: bool
    default: false
  others:
    description: What somebody else has found and belongs to the same list.
    type: list
    elements: dict
    default: []
    suboptions:
      section:
        description: Part of the list.
        type: str
        choices: [servers, privileges, target, plan, values, beside]
        required: true
      text:
        description: What it is, why, and what to do.
        type: str
        required: true
requirements:
  - zstandard
seealso:
  - module: alkemio.convergence.snapshot_transform
  - module: alkemio.convergence.mysql_snapshot_dump
"""

EXAMPLES = r"""
---
- name: List everything that would stop the migration
  alkemio.convergence.snapshot_preflight:
    login_host: postgresql.example.org
    login_user: shop
    login_password: "{{ target_password }}"
    source_login_host: mysql.example.org
    source_login_user: convergence
    source_login_password: "{{ source_password }}"
    run_directory: /var/lib/convergence/run
    databases:
      - name: shop
"""

RETURN = r"""
---
problems:
  description: How many things would stop a migration. The module fails when there are any.
  returned: success
  type: int
files:
  description: Where the list was written. Empty in check mode, and where the run directory is none of ours.
  returned: always
  type: list
  elements: str
  sample: [/var/lib/convergence/run/preflight.json, /var/lib/convergence/run/preflight.md]
begun:
  description: Whether only the servers were reached, since the run has begun its dump.
  returned: success
  type: bool
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: PreflightFound
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._argspec import (
    ENCRYPTION,
    POSTGRESQL_LOGIN,
    PREFLIGHT,
    RUN_DIRECTORY,
    SOURCE_LOGIN,
    WORKERS,
    mysql_login,
    postgresql_login,
    workers,
)
from ..module_utils._drivers import MYSQL, POSTGRESQL, SNAPSHOT
from ..module_utils._module import run
from ..module_utils._operate.preflight import Wanted, preflight


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **POSTGRESQL_LOGIN,
            **SOURCE_LOGIN,
            **RUN_DIRECTORY,
            **ENCRYPTION,
            **WORKERS,
            **PREFLIGHT,
        },
        supports_check_mode=True,
    )
    params = module.params
    names = (
        "databases",
        "profiles",
        "run_directory",
        "schema",
        "extensions",
        "connections",
        "scan",
        "trial",
        "others",
    )
    run(
        module,
        (MYSQL, POSTGRESQL, SNAPSHOT),
        lambda: preflight(
            mysql_login({**params, "source_login_user": params["source_login_user"] or ""}, "source_"),
            postgresql_login(params),
            Wanted(
                **{name: params[name] for name in names},
                workers=workers(params),
                encryption_key_file=params["encryption_key_file"],
            ),
            migrating=params["migrating"],
            pass_begun=params["pass_begun"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
