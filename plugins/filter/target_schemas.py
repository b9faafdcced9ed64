# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DOCUMENTATION = r"""
name: target_schemas
short_description: Which schemas of each target database a migration fills
version_added: 1.1.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Takes C(migration_databases) of the role P(alkemio.convergence.migration#role) and gives the option C(schemas) of
    M(alkemio.convergence.postgresql_schema_info).
positional: _input, default
options:
  _input:
    description: The databases, each with C(name), and C(target) and C(schema) where they are not as usual.
    type: list
    elements: dict
    required: true
  default:
    description: Schema of those that name none.
    type: str
    required: true
"""

EXAMPLES = r"""
schemas: >-
  {{ [{'name': 'shop', 'target': 'company', 'schema': 'shop'}, {'name': 'wiki', 'target': 'company', 'schema': 'wiki'}]
     | alkemio.convergence.target_schemas('public') }}
# {company: [shop, wiki]}
"""

RETURN = r"""
_value:
  description: The schemas of each database, each once, in the order of the databases.
  type: dict
"""


def target_schemas(databases: Sequence[Mapping[str, t.Any]], default: str) -> dict[str, list[str]]:
    """Database of the target -> its schemas."""
    found: dict[str, list[str]] = {}
    for one in databases:
        schemas = found.setdefault(str(one.get("target") or one["name"]), [])
        schema = str(one.get("schema") or default)
        if schema not in schemas:
            schemas.append(schema)
    return found


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"target_schemas": target_schemas}
