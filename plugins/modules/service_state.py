#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: service_state
short_description: Ask, stop or start the services of an application on one host
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Stops services in the order of the list, starts them in the reverse one, those that go together at the same time.
    A service that fails ends the module. Those after it are not touched.
  - A stop is over when the driver says that nothing of the service runs. A start is over when its command has ended
    and, where the service has an address, that answers with 200.
  - Every command has an end, O(services[].timeout), after which it is broken off with all that it has started.
extends_documentation_fragment:
  - alkemio.convergence._attributes
attributes:
  check_mode:
    support: full
    details:
      - Asks what runs, and says what would be stopped or started. No address is asked.
  diff_mode:
    support: none
    details:
      - What was stopped or started is in RV(done).
  idempotent:
    support: full
options:
  services:
    description: The services, all of them on the host on which the module runs.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Its name in messages and in the results.
        type: str
        required: true
      driver:
        description: What runs it.
        type: str
        required: true
        choices: [docker_compose, systemd, command]
      together:
        description: Whether it is stopped and started at the same time as the one before it in the list.
        type: bool
        default: false
      timeout:
        description:
          - Seconds that a stop or a start may take. When not given, 300; for the stop of V(docker_compose) 60, after
            which it kills the containers.
        type: int
      health:
        description: An address that answers with 200 once the service is healthy. Asked after a start.
        type: str
      directory:
        description: For V(docker_compose), the directory of the project.
        type: path
      files:
        description: For V(docker_compose), the compose files. When not given, those that it finds.
        type: list
        elements: str
      environment_files:
        description: For V(docker_compose), the environment files.
        type: list
        elements: str
      services:
        description: For V(docker_compose), the services of the project.
        type: list
        elements: str
      unit:
        description: For V(systemd), the unit.
        type: str
      stop:
        description: For V(command), the command that stops it.
        type: list
        elements: str
      start:
        description: For V(command), the command that starts it.
        type: list
        elements: str
      status:
        description: For V(command), a command that ends with 0 while it runs.
        type: list
        elements: str
  state:
    description: What the services are to be. When not given, they are only asked.
    type: str
    choices: [stopped, started]
  docker:
    description: The command C(docker), with options of its own if need be.
    type: list
    elements: str
    default: [docker]
  retries:
    description: How often the address of a service is asked again after a start.
    type: int
    default: 30
  delay:
    description: Seconds between two questions.
    type: float
    default: 2
  validate_certs:
    description: Whether the certificate of an address with C(https) is checked.
    type: bool
    default: true
seealso:
  - module: alkemio.convergence.mysql_sessions_info
"""

EXAMPLES = r"""
---
- name: Stop both writers at the same time
  alkemio.convergence.service_state:
    state: stopped
    services:
      - name: server
        driver: systemd
        unit: shop-server.service
      - name: mailer
        driver: systemd
        unit: shop-mailer.service
        together: true
        timeout: 30

- name: Start what docker compose runs, and wait until it is healthy
  alkemio.convergence.service_state:
    state: started
    services:
      - name: shop
        driver: docker_compose
        directory: /srv/shop
        services: [server, worker]
        health: http://127.0.0.1:4000/health
"""

RETURN = r"""
---
running:
  description: What ran of each service before, by its name. An empty text where nothing did.
  returned: success
  type: dict
  sample: {shop: "server, worker"}
done:
  description: The services that were stopped or started, in check mode those that would be.
  returned: success
  type: list
  elements: str
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: ServiceFailed
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import run
from ..module_utils._services.argspec import SERVICES
from ..module_utils._services.bring import bring, services_of
from ..module_utils._services.health import Health
from ..module_utils._services.http import getter


def main() -> None:
    module = AnsibleModule(argument_spec=SERVICES, supports_check_mode=True)
    params = module.params
    get = getter(validate_certs=params["validate_certs"])

    def health(name: str, url: str) -> Health:
        return Health(name, url, get, params["retries"], params["delay"])

    run(
        module,
        (),
        lambda: bring(
            services_of(params["services"], params["docker"], health),
            params["state"],
            check=module.check_mode,
        ),
    )


if __name__ == "__main__":
    main()
