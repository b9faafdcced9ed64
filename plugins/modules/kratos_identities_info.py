#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: kratos_identities_info
short_description: Count the identities that Ory Kratos sees
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Asks the admin API of Kratos. Where it tells a total (C(X-Total-Count), up to v1.3), that is the answer; else every
    page is read (C(page_size), C(page_token)).
  - What the answers say of people is not returned.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
options:
  admin_url:
    description: Address of the admin API, without C(/admin).
    type: str
    required: true
  validate_certs:
    description: Whether its certificate is checked.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for each answer.
    type: int
    default: 30
"""

EXAMPLES = r"""
---
- name: Count the identities
  alkemio.convergence.kratos_identities_info:
    admin_url: http://localhost:4434
  register: seen
"""

RETURN = r"""
---
identities:
  description: How many there are.
  returned: success
  type: int
pages:
  description: How many pages were read for it.
  returned: success
  type: int
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: ServerError
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import ConnectionError, open_url

from ..module_utils._module import run
from ..module_utils._operate.identities import count


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "admin_url": {"type": "str", "required": True},
            "validate_certs": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    params = module.params

    def get(url: str) -> object:
        try:
            return open_url(url, validate_certs=params["validate_certs"], timeout=params["timeout"])
        except ConnectionError as error:  # Ansible's own, which is no OSError
            raise OSError(str(error)) from error

    run(module, (), lambda: count(params["admin_url"], get))


if __name__ == "__main__":
    main()
