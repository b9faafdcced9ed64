#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: configuration_cleanup
short_description: Remove the backups of rewritten configuration files
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Removes the files as they were, which M(alkemio.convergence.configuration_rewrite) has kept with their secrets.
  - Only files that it made go, by name. A directory that holds anything else stays.
  - Afterwards M(alkemio.convergence.configuration_restore) refuses, and names the files that it cannot bring back.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._configuration
  - alkemio.convergence._configuration.backup
attributes:
  diff_mode:
    support: none
    details:
      - RV(paths) names what goes.
seealso:
  - module: alkemio.convergence.configuration_rewrite
  - module: alkemio.convergence.configuration_restore
"""

EXAMPLES = r"""
---
- name: Remove the quickstart's files as they were
  alkemio.convergence.configuration_cleanup:
    backup_directory: /var/lib/convergence/run.files/quickstart
"""

RETURN = r"""
---
paths:
  description: Files that were removed, or would be.
  returned: success
  type: list
  elements: str
  sample: [/var/lib/convergence/run.files/quickstart/1/0001-env.docker]
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: InputError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._configuration.argspec import BACKUP
from ..module_utils._configuration.files import clean_up
from ..module_utils._module import run


def main() -> None:
    module = AnsibleModule(argument_spec=BACKUP, supports_check_mode=True)
    directory = module.params["backup_directory"]
    run(module, (), lambda: clean_up(directory, check=module.check_mode))


if __name__ == "__main__":
    main()
