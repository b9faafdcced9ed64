# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What variables of an inventory say about each other: two that cannot both be right."""

from __future__ import annotations

import difflib
import re
import typing as t
from collections.abc import Callable, Collection, Iterator, Mapping

from .seen import Finding, Seen
from .uses import HOST, SERVICE, USES

Row = tuple[str, str, str, str]
"""Variable, what was found, why it matters, what to do."""
_NEEDS: t.Final[Mapping[str, tuple[str, ...]]] = {
    "docker_compose": ("directory", "services"),
    "systemd": ("unit",),
    "kubernetes": ("namespace",),
    "command": ("stop", "start", "status"),
}
"""By driver, the keys of a service without which nothing is stopped."""


def groups(groups: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """The groups that the playbooks address."""
    movers = groups.get(HOST) or ()
    if len(movers) != 1:
        yield _of(
            "groups",
            (
                HOST,
                f"has {len(movers)} hosts",
                "Exactly one host does the work and holds the run directory.",
                "Name one host in this group.",
            ),
        )
    if SERVICE not in groups:
        yield {
            **_of(
                "groups",
                (
                    SERVICE,
                    "is no group of this inventory",
                    "The playbooks provision, cutover, rollback and cleanup address it; Ansible warns and goes on.",
                    "Name the hosts with the application's files in it, or write it without hosts.",
                ),
            ),
            "weight": "beside",
        }


def on_service_hosts_alone(seen: Seen) -> Iterator[Finding]:
    """What the migration host sees of the variables of roles that run on the hosts of the services."""
    if seen.groups.get(SERVICE):
        return
    for name in dict.fromkeys(switch for use in USES if use.group == SERVICE for switch in use.switches):
        if seen.given(name):
            yield _of(
                "groups",
                (
                    name,
                    f"is given, and the group {SERVICE} has no host",
                    "What it switches on would be done nowhere, with success reported.",
                    f"Name the host in {SERVICE}.",
                ),
                seen.host,
            )


def contradictions(seen: Seen) -> Iterator[Finding]:
    """All of them that the migration host sees."""
    for check in (_directories, _databases, _sides, _services, _shared, _freeze, _backups, _smoke):
        for row in check(seen):
            yield _of("variables", row, seen.host)


def of_platform(seen: Seen) -> Iterator[Finding]:
    """All of them that a host of the services sees."""
    for row in _kratos(seen):
        yield _of("variables", row, seen.host)


def _of(section: str, row: Row, host: str = "") -> Finding:
    variable, found, why, remedy = row
    return {
        "section": section,
        "variable": variable,
        "found": found,
        "why": why,
        "remedy": remedy,
        **({"host": host} if host else {}),
    }


def _near(name: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(name, [str(one) for one in names], 1)
    return (
        f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(map(str, names))) or 'none'}."
    )


# --- what moves -------------------------------------------------------------------------------------


def _names(seen: Seen, side: str) -> list[str]:
    return [
        str(one.get(side) or one.get("name"))
        for _place, one in seen.dicts("migration_databases")
        if one.get("name")
    ]


def _directories(seen: Seen) -> Iterator[Row]:
    run, rehearsal = seen.text("migration_run_directory"), seen.text("migration_rehearsal_directory")
    if run and run.rstrip("/") == rehearsal.rstrip("/"):
        yield (
            "migration_rehearsal_directory",
            f"is {run}, and so is migration_run_directory",
            "The playbook rehearse refuses to use the directory of the migration itself.",
            "Name another directory.",
        )


def _databases(seen: Seen) -> Iterator[Row]:
    if not seen.given("migration_databases"):
        return
    names = [str(one.get("name")) for _place, one in seen.dicts("migration_databases")]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield (
            "migration_databases",
            f"names {name} twice",
            "The run directory keeps what belongs to a database under its name.",
            "Give each entry a name of its own, with source and target.",
        )
    own = seen.get("migration_profiles") or {}
    profiles = {*seen.known.profiles, *(own if isinstance(own, Mapping) else ())}
    for place, one in seen.dicts("migration_databases"):
        if one.get("profile") and one["profile"] not in profiles:
            yield (
                f"{place}.profile",
                f"is {one['profile']}, which is no profile",
                "The phase transform would stop, after the writers were.",
                _near(str(one["profile"]), profiles),
            )
    sources, targets = _names(seen, "source"), _names(seen, "target")
    named: tuple[tuple[str, list[str], list[t.Any], str], ...] = (
        ("service_downtime_databases", sources, seen.listed("service_downtime_databases"), "source"),
        (
            "database_backup_source_databases",
            sources,
            seen.listed("database_backup_source_databases"),
            "source",
        ),
        (
            "source_copy_dumps",
            sources,
            [one.get("database") for _place, one in seen.dicts("source_copy_dumps")],
            "source",
        ),
        (
            "migration_target_extensions",
            targets,
            list(seen.get("migration_target_extensions") or ()),
            "target",
        ),
    )
    for variable, known, there, side in named:
        for name in there:
            if name is not None and str(name) not in known:
                yield (
                    variable,
                    f"names the database {name}, which migration_databases does not have on the {side}",
                    "Both have to speak of the same databases.",
                    _near(str(name), known),
                )


def _sides(seen: Seen) -> Iterator[Row]:
    if any(seen.given(f"migration_{side}_login_unix_socket") for side in ("source", "target")):
        return
    source, target = (
        (seen.text(f"migration_{side}_login_host"), seen.text(f"migration_{side}_login_port"))
        for side in ("source", "target")
    )
    if source == target and all(source):
        yield (
            "migration_target_login_port",
            f"is {':'.join(target)} with its host, and that is the source's address",
            "One port is answered by one server.",
            "Correct host or port of one of them.",
        )


# --- the services -----------------------------------------------------------------------------------


def _services(seen: Seen) -> Iterator[Row]:
    services = seen.dicts("service_downtime_services")
    names = [str(one.get("name")) for _place, one in services]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield (
            "service_downtime_services",
            f"has two services called {name}",
            "What ran before the stop is kept under the name, so one of them would not be started again.",
            "Give each a name of its own.",
        )
    for place, one in services:
        lacks = [key for key in _NEEDS.get(str(one.get("driver")), ()) if not one.get(key)]
        if one.get("driver") == "kubernetes" and not (one.get("deployments") or one.get("cronjobs")):
            lacks.append("deployments or cronjobs")
        if lacks:
            yield (
                place,
                f"({one.get('name')}, driver {one.get('driver')}) has no {', '.join(lacks)}",
                "Without it the service cannot be stopped or asked.",
                "Give it.",
            )
        if one.get("host") and one["host"] not in seen.groups.get("all", ()):
            yield (
                f"{place}.host",
                f"is {one['host']}, which is no host of this inventory",
                "The service would be asked under an address that nobody has given.",
                _near(str(one["host"]), seen.groups.get("all", ())),
            )


def _shared(seen: Seen) -> Iterator[Row]:
    for name in ("service_downtime_shared_host", "kratos_run_host"):
        if seen.given(name) and seen.text(name) not in seen.groups.get("all", ()):
            yield (
                name,
                f"is {seen.text(name)}, which is no host of this inventory",
                "Commands would be run under an address that nobody has given.",
                _near(seen.text(name), seen.groups.get("all", ())),
            )


def _freeze(seen: Seen) -> Iterator[Row]:
    if seen.get("service_downtime_freeze") is not True:
        return
    locked = {str(account).rpartition("@")[0] for account in seen.listed("service_downtime_accounts")}
    for name, what in (
        ("service_downtime_login_user", "sets the freeze and has to undo it"),
        ("migration_source_login_user", "reads the source while it is frozen"),
    ):
        if seen.text(name) in locked:
            yield (
                name,
                f"is {seen.text(name)}, which service_downtime_accounts lets be locked",
                f"This account {what}.",
                "Name an account of its own, which is not the application's.",
            )


def _backups(seen: Seen) -> Iterator[Row]:
    if not seen.given("database_backup_directory") or seen.given("database_backup_source_file"):
        return
    if not seen.listed("database_backup_source_databases"):
        yield (
            "database_backup_source_databases",
            "is empty",
            "The backup of the source would hold no database.",
            "Name the databases of migration_databases.",
        )


def _smoke(seen: Seen) -> Iterator[Row]:
    for place, one in seen.dicts("cutover_smoke_checks"):
        try:
            re.compile(str(one.get("contains") or ""))
        except re.error as error:
            yield (
                f"{place}.contains",
                f"is no regular expression ({error})",
                "No answer could ever be right.",
                "Correct it.",
            )


# --- Kratos -----------------------------------------------------------------------------------------


def _kratos(seen: Seen) -> Iterator[Row]:
    if not any(seen.on(use) for use in USES if use.role == "kratos"):
        return
    admin, public = seen.text("kratos_admin_url"), seen.text("kratos_public_url")
    if admin.rstrip("/").endswith("/admin"):
        yield (
            "kratos_admin_url",
            f"is {admin}",
            "The role adds /admin, so that it would ask for /admin/admin.",
            f"Write {admin.rstrip('/').removesuffix('/admin')}",
        )
    if admin.rstrip("/") == public.rstrip("/") and admin:
        yield (
            "kratos_public_url",
            f"is {public}, and so is kratos_admin_url",
            "Kratos has two ports, and each knows what the other does not.",
            "Correct one of them.",
        )
    checks: tuple[tuple[str, Callable[[Seen, str], list[str]], str], ...] = (
        ("kratos_database", _names, "target"),
        ("kratos_run_database", lambda seen, _side: _names(seen, "name"), "name"),
    )
    for name, names, side in checks:
        there = names(seen, side)
        if there and seen.text(name) not in there:
            yield (
                name,
                f"is {seen.text(name)}, which migration_databases does not have",
                "The identities of Kratos would be looked for where they are not.",
                _near(seen.text(name), there),
            )


__all__ = ("contradictions", "groups", "of_platform", "on_service_hosts_alone")
