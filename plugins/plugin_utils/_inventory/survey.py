# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Everything that can be said of an inventory from one host's variables, and everything that has to be asked."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from . import crossing, questions
from .seen import Finding, Seen, idle, lacking, refused
from .uses import HOST, SERVICE, USES


@dataclass
class Survey:
    """What was found without asking anybody, and what to ask of whom."""

    findings: list[Finding] = field(default_factory=list)
    questions: list[questions.Question] = field(default_factory=list)

    absent: list[str] = field(default_factory=list)
    """Collections that these variables ask for and that the controller does not have."""

    def as_result(self) -> dict[str, t.Any]:
        """As tasks hand it on."""
        asked = [
            {"host": one["host"], "question": {name: value for name, value in one.items() if name != "host"}}
            for one in self.questions
        ]
        return {"findings": self.findings, "questions": asked, "absent": self.absent}


def of_inventory(groups: Mapping[str, Collection[str]], unknown: Iterable[str]) -> list[Finding]:
    """What is about no host's variables alone. `unknown`: as the lookup unknown_variables tells them."""
    found = list(crossing.groups(groups))
    for text in unknown:
        parts = re.fullmatch(r"(?P<name>.+?) \((?P<where>.+?)\): (?P<remedy>.+)", text)
        name, where, remedy = parts.groups() if parts else (text, "", "")
        found.append(
            {
                "section": "variables",
                "variable": name,
                "found": f"is known to no role{f' ({where})' if where else ''}",
                "why": "It would do nothing, in silence, so every other playbook refuses it.",
                "remedy": remedy[:1].upper() + remedy[1:],
            }
        )
    return found


def survey(seen: Seen, has_collection: Callable[[str], bool]) -> Survey:
    """Of the host whose variables these are: of what the playbooks run there."""
    made = Survey()
    for group in (HOST, SERVICE):
        if seen.host not in seen.groups.get(group, ()):
            continue
        uses = [use for use in USES if use.group == group]
        for use in uses:
            if seen.on(use):
                made.findings += refused(seen, use)
        made.findings += idle(seen, uses)
    if seen.host in seen.groups.get(HOST, ()):
        made.findings += crossing.on_service_hosts_alone(seen)
        made.findings += crossing.contradictions(seen)
        made.questions += questions.of_migration_host(seen)
    if seen.host in seen.groups.get(SERVICE, ()):
        made.findings += crossing.of_platform(seen)
        made.questions += questions.of_platform(seen)
    said = {one["variable"] for one in made.findings}
    made.findings = [*(one for one in lacking(seen) if one["variable"] not in said), *made.findings]
    for name, why in _collections(seen):
        if name not in made.absent and not has_collection(name):
            made.absent.append(name)
            made.findings.append(
                {
                    "section": "hosts",
                    "variable": "",
                    "found": f"The controller has no collection {name}",
                    "why": why,
                    "remedy": f"ansible-galaxy collection install {name}",
                }
            )
    return made


def _collections(seen: Seen) -> Iterable[tuple[str, str]]:
    """Collections of others that the variables ask for, and what for."""
    drivers: set[str] = set()
    if any(seen.host in seen.groups.get(group, ()) for group in (HOST, SERVICE)):
        drivers = {str(one.get("driver")) for _place, one in seen.dicts("service_downtime_services")}
        if "kubernetes" in drivers:
            yield "kubernetes.core", "Services on Kubernetes are asked, stopped and started with it."
        if "docker_compose" in drivers:
            yield "community.docker", "Services of docker compose are started with it."
    if seen.host in seen.groups.get(HOST, ()) and seen.given("postgresql_provision_login_user"):
        yield "community.postgresql", "The playbook provision makes databases and roles with it."
    if seen.host in seen.groups.get(SERVICE, ()):
        if seen.given("kratos_target_login_user"):
            yield "community.postgresql", "The database of Kratos is asked with it."
        if seen.given("kratos_source_login_user"):
            yield "community.mysql", "The database of Kratos on the source is asked with it."


__all__ = ("Survey", "of_inventory", "survey")
