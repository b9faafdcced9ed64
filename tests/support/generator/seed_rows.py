# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that a fresh target already has and that a migration has to deal with.

Alkemio's seed duplicates singletons under new random keys: nothing would conflict, and the platform
would exist twice. Kratos' fixed types and versions are the target's own.
"""

from __future__ import annotations

import uuid
from typing import Any

from .dice import Dice
from .json_text import mysql_json
from .kratos.part import CREDENTIAL_TYPES
from .kratos.reference import migration_versions
from .words import words

Row = tuple[str, dict[str, Any]]

TARGET_MIGRATIONS = ((1764590884532, "Baseline1764590884532"), (1764590884533, "Seed1764590884533"))
_PLATFORM_ROLES = words(
    "global-admin global-support global-license-manager global-community-reader global-spaces-reader "
    "global-platform-manager global-support-manager platform-beta-tester platform-vc-campaign registered"
)
_TEMPLATE_DEFAULTS = words(
    "platform-space platform-subspace platform-space-tutorials platform-subspace-knowledge"
)


class _Seeder:
    """Collects rows; the server fills in the stamps, as it does for the application's seed."""

    def __init__(self, seed: int) -> None:
        self.dice = Dice(f"{seed}:target")
        self.rows: list[Row] = []

    def add(self, table: str, with_policy: bool = True, **values: Any) -> str:
        """One row, with an authorization policy of its own."""
        key = self.dice.uuid()
        if with_policy:
            values["authorizationId"] = self.add(
                "authorization_policy",
                with_policy=False,
                credentialRules="[]",
                privilegeRules="[]",
                type=table.replace("_", "-"),
            )
        self.rows.append((table, {"id": key, "version": 1, **values}))
        return key


def alkemio_seed(seed: int) -> list[Row]:
    """The rows of the baseline's seed migration."""
    seeder = _Seeder(seed)
    add = seeder.add
    for stamp, name in TARGET_MIGRATIONS:
        seeder.rows.append(("migrations_typeorm", {"timestamp": stamp, "name": name}))
    library = add("library")
    add("ai_server")
    templates_set = add("templates_set")
    manager = add("templates_manager", templatesSetId=templates_set)
    for kind in _TEMPLATE_DEFAULTS:
        add("template_default", type=kind, allowedTemplateType="space", templatesManagerId=manager)
    bucket = add("storage_bucket", allowedMimeTypes="image/png,image/jpeg", maxFileSize=15728640)
    aggregator = add("storage_aggregator", type="platform", directStorageId=bucket)
    policy = add("license_policy", credentialRules="[]")
    framework = add("licensing_framework", licensePolicyId=policy)
    role_set = _role_set(seeder)
    add(
        "platform",
        libraryId=library,
        templatesManagerId=manager,
        storageAggregatorId=aggregator,
        licensingFrameworkId=framework,
        roleSetId=role_set,
        settings=mysql_json({"integration": {"iframeAllowedUrls": [], "notificationEmailBlacklist": []}}),
        wellKnownVirtualContributors=mysql_json({"mappings": []}),
    )
    return seeder.rows


def _role_set(seeder: _Seeder) -> str:
    form = seeder.add("form", with_policy=False, questions="[]", description="")
    license_id = seeder.add("license", type="roleset")
    role_set = seeder.add(
        "role_set", applicationFormId=form, licenseId=license_id, type="platform", entryRoleName="registered"
    )
    unlimited = mysql_json({"maximum": -1, "minimum": 0})
    for name in _PLATFORM_ROLES:
        seeder.add(
            "role",
            with_policy=False,
            name=name,
            credential=mysql_json({"type": name, "resourceID": ""}),
            parentCredentials="[]",
            requiresEntryRole=False,
            requiresSameRoleInParentRoleSet=False,
            userPolicy=unlimited,
            organizationPolicy=unlimited,
            virtualContributorPolicy=unlimited,
            roleSetId=role_set,
        )
    return role_set


def kratos_seed() -> list[Row]:
    """What ``kratos migrate sql`` leaves: no network."""
    rows: list[Row] = [
        ("identity_credential_types", {"id": key, "name": name}) for name, key in CREDENTIAL_TYPES.items()
    ]
    versions = migration_versions("postgres")
    return rows + [("schema_migration", {"version": version, "version_self": 0}) for version in versions]


def fresh_network() -> Row:
    """A network nobody knows: random on purpose, as Kratos makes it."""
    stamp = "2025-11-22 10:00:00"
    return "networks", {"id": str(uuid.uuid4()), "created_at": stamp, "updated_at": stamp}
