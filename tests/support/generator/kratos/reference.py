# SPDX-License-Identifier: GPL-3.0-or-later
"""The network, the fixed credential types and the versions of the migrations."""

from __future__ import annotations

from tests.support.generator.catalogs import read_csv

from .part import CREDENTIAL_TYPES, Part

NETWORK_CREATED = "2021-09-29 08:14:51"


def migration_versions(server: str) -> list[str]:
    """The versions Kratos v1.3.1 records on "mysql" or on "postgres"."""
    rows = read_csv("kratos", "kratos_schema_migration_versions_v1.3.1.csv")
    return [row["version"] for row in rows if row[server] == "1"]


def add_reference(part: Part) -> None:
    """The rows that exist once."""
    stamps = {"created_at": NETWORK_CREATED, "updated_at": NETWORK_CREATED}
    part.sink.add("networks", {"id": part.database.nid, **stamps})
    for name, key in CREDENTIAL_TYPES.items():
        part.sink.add("identity_credential_types", {"id": key, "name": name})
    for version in migration_versions("mysql"):
        part.sink.add("schema_migration", {"version": version, "version_self": 0})
