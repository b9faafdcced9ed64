# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import hmac
import typing as t

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: kratos_secret_fingerprints
short_description: Fingerprints of Kratos' secrets, to see later whether they are the same
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes a fingerprint of each list of secrets, with a key, so that it tells nothing to whoever does not have that.
  - Secrets come from the configuration and from variables C(SECRETS_*), which win.
positional: _input, environment, key
options:
  _input:
    description: Content of C(kratos.yml).
    type: dict
    required: true
  environment:
    description: Environment of the service.
    type: dict
    required: true
  key:
    description: The key, any text.
    type: str
    required: true
"""

EXAMPLES = r"""
fingerprints: "{{ configuration | alkemio.convergence.kratos_secret_fingerprints(environment, key) }}"
"""

RETURN = r"""
_value:
  description: Fingerprints by the names of the secrets.
  type: dict
  sample:
    cookie: 5f0c
"""

KINDS = ("default", "cookie", "cipher", "pagination")


def kratos_secret_fingerprints(
    configuration: dict[str, t.Any], environment: dict[str, t.Any] | None, key: str
) -> dict[str, str]:
    """A keyed hash of each kind of secrets that is set.

    Raises AnsibleFilterError: neither cookie nor default secrets are set.
    """
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        given = (environment or {}).get(f"SECRETS_{kind.upper()}")
        values = given if given else (configuration.get("secrets") or {}).get(kind)
        if values:
            found[kind] = values.split(",") if isinstance(values, str) else [str(value) for value in values]
    if not found.get("cookie") and not found.get("default"):
        raise AnsibleFilterError(
            "kratos_secret_fingerprints: neither secrets.cookie nor secrets.default is set. Kratos makes random ones "
            "at every start then: nobody stays logged in, and no code stays valid. Set them first."
        )
    return {
        kind: hmac.new(key.encode(), "\0".join(values).encode(), hashlib.sha256).hexdigest()
        for kind, values in found.items()
    }


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"kratos_secret_fingerprints": kratos_secret_fingerprints}
