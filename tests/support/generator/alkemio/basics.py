# SPDX-License-Identifier: GPL-3.0-or-later
"""Small rows that many subjects need: agents, licenses, rooms, state machines."""

from __future__ import annotations

from tests.support.generator.json_text import mysql_json

from .platform import Part


def add_agent(part: Part, kind: str, credentials: list[tuple[str, str]]) -> str:
    """An agent holding credentials of (type, resource)."""
    dice = part.dice
    with part.entity("agent", type=kind) as agent:
        for credential, resource in credentials:
            part.row(
                "credential",
                type=credential,
                resourceID=resource,
                issuer=dice.pick((None, None, "", part.anyone().user_id)),
                expires=dice.second() if dice.chance(0.1) else None,
                agentId=agent["id"],
            )
    return str(agent["id"])


def add_license(part: Part, kind: str, entitlements: list[str]) -> str:
    """A license with its entitlements."""
    with part.entity("license", type=kind) as license_row:
        for entitlement in entitlements:
            flag = entitlement.startswith("space-flag")
            part.row(
                "license_entitlement",
                type=entitlement,
                dataType="flag" if flag else "limit",
                limit=part.dice.pick((-1, 0, 1, 3, 2147483647)),
                enabled=part.dice.chance(0.8),
                licenseId=license_row["id"],
            )
    return str(license_row["id"])


def add_room(part: Part, kind: str, name: str) -> str:
    """A Matrix room."""
    dice = part.dice
    room = part.row(
        "room",
        externalRoomID=f"!{dice.alphanumeric(18)}:matrix.example.org",
        messagesCount=dice.between(0, 60),
        type=kind,
        displayName=name[:255],
    )
    part.remember("room", room)
    return room


def add_lifecycle(part: Part) -> str:
    """A state machine's snapshot, as serialized text."""
    state = {"status": "active", "value": "notVerified", "historyValue": {}, "context": {}, "children": {}}
    text = mysql_json(state) if part.dice.chance(0.7) else None
    return part.row("lifecycle", machineState=text)
