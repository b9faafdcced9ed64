#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: configuration_restore
short_description: Bring rewritten configuration files back as they were
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Brings every file that M(alkemio.convergence.configuration_rewrite) has rewritten back, byte for byte, with its
    mode and owner, from the newest backup that has not been restored yet.
  - A file that somebody edited since is brought back too; the edited one is kept beside the backup.
  - The backup stays until M(alkemio.convergence.configuration_cleanup). Nothing is restored twice.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._configuration
  - alkemio.convergence._configuration.backup
attributes:
  diff_mode:
    support: none
    details:
      - The files may hold secrets. RV(paths) names what changes.
seealso:
  - module: alkemio.convergence.configuration_rewrite
"""

EXAMPLES = r"""
---
- name: Bring the quickstart's files back
  alkemio.convergence.configuration_restore:
    backup_directory: /var/lib/convergence/run.files/quickstart
"""

RETURN = r"""
---
paths:
  description: Files that were brought back, or would be.
  returned: success
  type: list
  elements: str
  sample: [/srv/alkemio/.env.docker]
backup:
  description: The directory from which they came; empty when there never was a backup.
  returned: success
  type: str
  sample: /var/lib/convergence/run.files/quickstart/1
kept:
  description: Copies of files that somebody had edited since they were rewritten.
  returned: success
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InputError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._configuration.argspec import BACKUP
from ..module_utils._configuration.files import restore
from ..module_utils._module import run


def main() -> None:
    module = AnsibleModule(argument_spec=BACKUP, supports_check_mode=True)
    directory = module.params["backup_directory"]
    run(module, (), lambda: restore(directory, module.atomic_move, check=module.check_mode))


if __name__ == "__main__":
    main()
