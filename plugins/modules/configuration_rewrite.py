#!/usr/bin/python
# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: configuration_rewrite
short_description: Rewrite configuration files from MySQL to PostgreSQL
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Rewrites a set of files together, so that services which used MySQL use PostgreSQL. What is not concerned
    keeps its bytes, comments and order among them.
  - The controller reads the files, decides and checks; the host writes them. All are written or none, each in
    one step, after a backup of all. M(alkemio.convergence.configuration_restore) brings them back.
  - The first backup of a file stays until it is restored. Another run adds to it and never replaces it.
requirements:
  - ruamel.yaml >= 0.18 on the controller (C(python3 -m pip install ruamel.yaml), beside ansible-core)
extends_documentation_fragment:
  - alkemio.convergence._attributes
  - alkemio.convergence._configuration
attributes:
  diff_mode:
    support: full
    details:
      - Values of variables and keys whose names tell of a secret, passwords in URLs, and everything in a Secret
        are shown as asterisks.
options:
  files:
    description:
      - The files that belong together.
      - They may be written for MySQL, have it commented out, be converted by half, or be done.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Path on the host.
        type: path
        required: true
      kind:
        description:
          - What the file is.
          - V(environment) is an environment file as docker compose reads it, V(traefik) Traefik's static or
            dynamic configuration, V(alkemio) the server's C(alkemio.yml), V(kratos) Kratos' C(kratos.yml),
            V(manifest) a file with Kubernetes objects, V(helm_values) a chart's values or C(Chart.yaml).
        type: str
        choices: [environment, compose, traefik, alkemio, kratos, manifest, helm_values]
        required: true
  backup_directory:
    description:
      - Directory on the host for the files as they were. It is made with mode 0700, its files with mode 0600.
      - It must not lie in O(root), where a commit, an image or a tool that applies a folder would take it along.
    type: path
    required: true
  root:
    description:
      - The folder to which the files belong, such as a checkout.
      - With it a check writes the files as they would be into a folder of its own, RV(shadow), in which they can be
        tried. The caller removes that.
    type: path
  settings:
    description:
      - Where PostgreSQL is and who logs in.
    type: dict
    default: {}
    suboptions:
      host:
        description: Name of PostgreSQL's compose service, or its name or address elsewhere.
        type: str
        default: postgres
      port:
        description: TCP port of PostgreSQL, as the services see it.
        type: int
        default: 5432
      database:
        description: Database of the Alkemio server.
        type: str
        default: alkemio
      kratos_database:
        description: Database of Kratos.
        type: str
        default: kratos
      user:
        description:
          - Role with which the Alkemio server and Kratos log in.
          - When not given, the one in C(POSTGRES_USER) of the environment file.
        type: str
      password:
        description:
          - Its password. When not given, the one in C(POSTGRES_PASSWORD) of the environment file.
        type: str
      sslmode:
        description: How much protection Kratos' connection must have, in the words of C(libpq).
        type: str
        choices: [disable, allow, prefer, require, verify-ca, verify-full]
        default: disable
      keep_mysql_variables:
        description: Whether the variables C(MYSQL_*) that releases for MySQL read stay in environment and services.
        type: bool
        default: false
      backup_directory:
        description:
          - Where converted backup jobs write, in their container. When not given, where they wrote before.
        type: str
      removed_services:
        description: Compose services to take away beside those that run a MySQL server.
        type: list
        elements: str
        default: []
      config_map:
        description: Name of the server's ConfigMap.
        type: str
        default: alkemio-config
      secret:
        description: Name of the server's Secret.
        type: str
        default: alkemio-secrets
      password_in:
        description:
          - Which of the two holds C(POSTGRES_PASSWORD).
          - When not given, the one of O(files) that has the key, else the Secret.
        type: str
        choices: [config_map, secret]
      password_found:
        description:
          - Which of the two holds it in the cluster. Decides where neither O(settings.password_in) nor the files do.
        type: str
        choices: [config_map, secret]
      clients:
        description:
          - Names of the workloads that log in to the database. They get its variables. A workload that has variables
            C(MYSQL_*) or C(DATABASE_*) of its own is one of them too; all others stay as they are, although the
            server's ConfigMap may be in their environment.
          - Every name has to be that of a workload in the files, if they hold any.
        type: list
        elements: str
        default: [alkemio-server-deployment, server-migration]
  contents:
    description:
      - The new content of files, filled in by the controller. Not to be given in a playbook.
    type: list
    elements: dict
    suboptions:
      path:
        description: Path on the host.
        type: path
        required: true
      before:
        description: SHA-256 of the content from which the new one was made.
        type: str
        required: true
      content:
        description: The new content in Base64.
        type: str
        required: true
seealso:
  - module: alkemio.convergence.configuration_restore
  - module: alkemio.convergence.configuration_residue_info
"""

EXAMPLES = r"""
---
- name: Rewrite the quickstart
  alkemio.convergence.configuration_rewrite:
    files:
      - path: /srv/alkemio/.env.docker
        kind: environment
      - path: /srv/alkemio/quickstart-services.yml
        kind: compose
    root: /srv/alkemio
    backup_directory: /var/lib/convergence/run.files/quickstart

- name: Show what would become of a manifest
  alkemio.convergence.configuration_rewrite:
    files:
      - path: /srv/manifests/25-server-deployment-dev.yaml
        kind: manifest
    backup_directory: /var/lib/convergence/run.files/manifests
    settings:
      host: postgresql.example.org
      user: alkemio
  check_mode: true
  diff: true
"""

RETURN = r"""
---
paths:
  description: Files that were rewritten, or would be.
  returned: success
  type: list
  elements: str
  sample: [/srv/alkemio/.env.docker]
backup:
  description: The directory that holds the files as they were; empty when nothing was ever rewritten.
  returned: success
  type: str
  sample: /var/lib/convergence/run.files/quickstart/1
shadow:
  description: Folder with the files as they would be and links to all others, of mode 0700.
  returned: in check mode, when O(root) is given and something would change
  type: str
  sample: /tmp/convergence-check-x2v0
error:
  description: Name of the kind of error.
  returned: failure
  type: str
  sample: RewriteError
"""

import base64

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._configuration.argspec import CONTENT, REWRITE
from ..module_utils._configuration.files import Place, Replacement, replace
from ..module_utils._module import run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **REWRITE,
            "contents": {"type": "list", "elements": "dict", "options": CONTENT},
        },
        supports_check_mode=True,
    )
    if module.params["contents"] is None:
        module.fail_json(
            msg="The action plugin of this module has not run. Call it as alkemio.convergence.configuration_rewrite.",
            error="ActionMissing",
        )
    wanted = [
        Replacement(one["path"], one["before"], base64.b64decode(one["content"]))
        for one in module.params["contents"]
    ]
    place = Place(module.params["backup_directory"], module.params["root"])
    run(module, (), lambda: replace(wanted, place, module.atomic_move, check=module.check_mode))


if __name__ == "__main__":
    main()
