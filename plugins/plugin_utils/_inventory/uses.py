# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Which roles the playbooks run on which hosts, what switches each of them on, and what each of them knows.

What a role knows is read from its own specification and defaults, so that nothing here can fall behind them.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load

OF_PLAYBOOKS: t.Final = frozenset(
    {
        "cutover_ends_as",
        "cutover_flush_by",
        "cutover_proves",
        "cutover_side",
        "database_backup_since",
        "service_downtime_side",
    }
)
"""Variables that the playbooks themselves give."""
HOST: t.Final = "migration_host"
SERVICE: t.Final = "migration_service"


@dataclass(frozen=True)
class Use:
    """Entry points of a role that playbooks call in one group of hosts."""

    role: str
    group: str
    entry_points: tuple[str, ...]
    switches: tuple[str, ...] = ()
    """Variables of which one must be given, else the playbooks leave these entry points out; none: always called."""
    playbooks: tuple[str, ...] = ()
    """The only playbooks that call them, where an environment may never need those."""


USES: t.Final = (
    Use(
        "migration",
        HOST,
        (
            "prepare",
            "preflight",
            "inspect",
            "transform",
            "dump",
            "load",
            "verify",
            "timings",
            "reset",
            "cleanup",
        ),
    ),
    Use("migration", HOST, ("baseline",), ("migration_baseline_directory",), ("baseline",)),
    Use(
        "service_downtime",
        HOST,
        (
            "check_releases",
            "stop",
            "freeze",
            "check_frozen",
            "switch_release",
            "thaw",
            "start_source",
            "start",
            "start_all",
        ),
    ),
    Use(
        "cutover",
        HOST,
        ("gate", "configure", "flush", "smoke", "close", "aborting", "rolling_back", "turning_back"),
    ),
    Use("database_backup", HOST, ("probe", "main", "after_cutover"), ("database_backup_directory",)),
    Use(
        "postgresql_provision",
        HOST,
        ("main", "schema", "contract"),
        ("postgresql_provision_login_user",),
        ("provision",),
    ),
    Use("source_copy", HOST, ("main", "absent"), ("source_copy_dumps",), ("rehearse_copy", "remove_copy")),
    Use("compose_quickstart", SERVICE, ("main", "restore", "cleanup"), ("compose_quickstart_directory",)),
    Use(
        "kubernetes_manifests",
        SERVICE,
        ("main", "restore", "cleanup", "check", "doubts"),
        ("kubernetes_manifests_directory",),
    ),
    Use(
        "kratos",
        SERVICE,
        ("main", "migrate", "configuration", "status", "health"),
        ("kratos_configuration_file",),
    ),
    Use("kratos", SERVICE, ("login",), ("kratos_login_session_token", "kratos_login_identifier")),
    Use("kratos", SERVICE, ("secrets",), ("kratos_secrets_file",)),
    Use("kratos", SERVICE, ("mail",), ("kratos_target_login_user",)),
)


@dataclass(frozen=True)
class Known:
    """What all roles know."""

    specs: Mapping[str, Mapping[str, Mapping[str, t.Any]]]
    """By role and entry point, the options."""
    defaults: Mapping[str, t.Any]
    """Of all roles, as they are written."""
    profiles: frozenset[str]
    """Names of the collection's own profiles."""

    def options(self, use: Use) -> dict[str, t.Any]:
        """All options of these entry points; one that some entry point requires is required."""
        found: dict[str, t.Any] = {}
        for entry_point in use.entry_points:
            for name, option in self.specs[use.role][entry_point].items():
                if name in OF_PLAYBOOKS:
                    continue
                required = option.get("required", False) or found.get(name, {}).get("required", False)
                found[name] = {**option, **({"required": True} if required else {})}
        return found


def read(roles: Path) -> Known:
    """What the roles below this folder know."""
    specs: dict[str, dict[str, dict[str, t.Any]]] = {}
    defaults: dict[str, t.Any] = {}
    for file in sorted(roles.glob("*/meta/argument_specs.yml")):
        role = file.parents[1].name
        points = yaml_load(file.read_text("utf-8"))["argument_specs"]
        specs[role] = {name: dict(point.get("options", {})) for name, point in points.items()}
        defaults.update(yaml_load((file.parents[1] / "defaults/main.yml").read_text("utf-8")) or {})
    profiles = frozenset(file.stem for file in roles.glob("migration/files/profiles/*.yml"))
    return Known(specs, defaults, profiles)


__all__ = ("HOST", "OF_PLAYBOOKS", "SERVICE", "USES", "Known", "Use", "read")
