# SPDX-License-Identifier: GPL-3.0-or-later
"""Spaces and their subspaces, three levels deep."""

from __future__ import annotations

from typing import Any

from tests.support.generator.json_text import mysql_json
from tests.support.generator.words import words

from .about import add_about, space_settings
from .basics import add_agent, add_license
from .collaboration import add_collaboration
from .community import add_community
from .platform import Part
from .profiles import add_aggregator
from .templates import add_templates_manager

_ENTITLEMENTS = words(
    "space-free space-flag-save-as-template space-flag-virtual-contributor-access "
    "space-flag-whiteboard-multi-user space-flag-memo-multi-user"
)


def add_spaces(part: Part) -> None:
    """This part's share of the top-level spaces with all below them."""
    scale = part.platform.scale
    for number in part.platform.mine(list(range(scale.spaces)), part.number):
        owner = part.platform.people[number % len(part.platform.people)]
        top = part.new_id("space")
        # What hangs below a space speaks of it in its authorization rules.
        part.resource = top
        _add_space(part, top, 0, {"account": owner.account_id, "root": top}, scale.subspaces)
    part.resource = part.platform.ids["platform"]


def _add_space(part: Part, key: str, level: int, above: dict[str, str], below: tuple[int, ...]) -> None:
    dice = part.dice
    with part.entity("space", id=key, level=level, nameID=part.name_id("space")) as space:
        space["levelZeroSpaceID"] = dice.pick((above["root"], above["root"], "")) if level else key
        space["parentSpaceId"] = above.get("space")
        space["accountId"] = None if level else above["account"]
        space["visibility"] = dice.pick(("active", "active", "active", "archived", "demo"))
        space["settings"] = mysql_json(space_settings(part))
        space["platformRolesAccess"] = mysql_json(_platform_roles(part))
        space["agentId"] = add_agent(part, "space", [("space-free", key)])
        aggregator = add_aggregator(part, "space", above.get("aggregator"))
        space["storageAggregatorId"] = aggregator
        space["licenseId"] = add_license(part, "space", _ENTITLEMENTS)
        role_license = add_license(part, "roleset", ["space-flag-virtual-contributor-access"])
        space["communityId"], role_set = add_community(part, key, above.get("role set"), role_license)
        space["collaborationId"] = add_collaboration(part, part.platform.scale.callouts_per_space)
        space["aboutId"] = add_about(part)
        if not level:
            space["templatesManagerId"] = add_templates_manager(part, "space")
        mine = {**above, "space": key, "aggregator": aggregator, "role set": role_set}
        for _ in range(below[0] if below else 0):
            _add_space(part, part.new_id("space"), level + 1, mine, below[1:])
    part.remember("space", (key, space["collaborationId"]))


def _platform_roles(part: Part) -> dict[str, Any]:
    if part.dice.chance(0.5):
        return {"roles": []}
    names = ("global-admin", "global-support", "global-registered", "global-anonymous")
    return {"roles": [{"roleName": name, "grantedPrivileges": ["read", "read-about"]} for name in names]}
