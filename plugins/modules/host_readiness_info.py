#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_readiness_info
short_description: List what an inventory names on a host and is not there
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Asks a host for the files, directories, programs, systemd units, compose projects and ports that variables of an
    inventory name, and returns everything that is not as they say, all at once.
  - Starts, stops and writes nothing, and sends no password.
  - The role P(alkemio.convergence.inventory_check#role) makes the questions.
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._attributes.info
options:
  questions:
    description: What to ask for, one after the other.
    type: list
    elements: dict
    required: true
    suboptions:
      kind:
        description:
          - V(file) and V(directory) can be read, V(place) is or can be made.
          - V(program) can be run, V(python) can make the environment of the modules, V(environment) is that one.
          - V(unit) is known to systemd, V(compose) can be read by docker compose and has the services.
          - V(tcp) takes connections.
        type: str
        choices: [compose, directory, environment, file, place, program, python, tcp, unit]
        required: true
      variable:
        description: The variable that names it, for the messages.
        type: str
        required: true
      why:
        description: Why it matters, for the messages.
        type: str
        default: ""
      weight:
        description: Handed on with what is found, V(stops) where it would stop a run.
        type: str
        choices: [stops, beside]
        default: stops
      path:
        description: For V(file), V(directory), V(place) and V(environment).
        type: str
      private:
        description: For V(file), whether it is a key that nobody else may read.
        type: bool
        default: false
      word:
        description: For V(program) and V(python), the first word of the command.
        type: str
      chdir:
        description: For V(program), the directory in which the command runs.
        type: str
      unless:
        description: For V(python) and V(tcp), a file with which the question need not be asked.
        type: str
        default: ""
      unit:
        description: For V(unit), its name.
        type: str
      docker:
        description: For V(compose), the command C(docker), as a list of words.
        type: list
        elements: str
        default: [docker]
      directory:
        description: For V(compose), the directory of the project.
        type: str
      files:
        description: For V(compose), the compose files.
        type: list
        elements: str
        default: []
      environment_files:
        description: For V(compose), the environment files.
        type: list
        elements: str
        default: []
      services:
        description: For V(compose), services that the project must have.
        type: list
        elements: str
        default: []
      address:
        description: For V(tcp), a name or an address.
        type: str
      port:
        description: For V(tcp), the port.
        type: int
seealso:
  - module: alkemio.convergence.mysql_readiness_info
  - module: alkemio.convergence.postgresql_readiness_info
"""

EXAMPLES = r"""
---
- name: Look for what the inventory names
  alkemio.convergence.host_readiness_info:
    questions:
      - kind: file
        variable: migration_source_ca_cert
        path: /etc/ssl/certs/example-ca.pem
      - kind: unit
        variable: service_downtime_services[1].unit
        unit: shop.service
  register: found
"""

RETURN = r"""
---
findings:
  description: What is not as the inventory says, each with C(variable), C(found), C(why), C(remedy) and C(weight).
  returned: success
  type: list
  elements: dict
  sample:
    - variable: migration_source_ca_cert
      found: names /etc/ssl/certs/example.pem, which is not there
      why: The certificate of the source could not be checked.
      remedy: Did you mean /etc/ssl/certs/example-ca.pem?
      weight: stops
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: RuntimeError
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import run
from ..module_utils._operate.host import KINDS, ask

QUESTION = {
    "kind": {"type": "str", "required": True, "choices": list(KINDS)},
    "variable": {"type": "str", "required": True},
    "why": {"type": "str", "default": ""},
    "weight": {"type": "str", "choices": ["stops", "beside"], "default": "stops"},
    "path": {"type": "str"},
    "private": {"type": "bool", "default": False},
    "word": {"type": "str"},
    "chdir": {"type": "str"},
    "unless": {"type": "str", "default": ""},
    "unit": {"type": "str"},
    "docker": {"type": "list", "elements": "str", "default": ["docker"]},
    "directory": {"type": "str"},
    "files": {"type": "list", "elements": "str", "default": []},
    "environment_files": {"type": "list", "elements": "str", "default": []},
    "services": {"type": "list", "elements": "str", "default": []},
    "address": {"type": "str"},
    "port": {"type": "int"},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "questions": {"type": "list", "elements": "dict", "required": True, "options": QUESTION},
        },
        supports_check_mode=True,
    )
    run(module, (), lambda: ask(module.params["questions"]))


if __name__ == "__main__":
    main()
