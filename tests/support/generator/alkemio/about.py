# SPDX-License-Identifier: GPL-3.0-or-later
"""What a space says of itself and how it is set up; real spaces and templates of spaces share it."""

from __future__ import annotations

from typing import Any

from .platform import Part
from .profiles import add_profile


def space_settings(part: Part) -> dict[str, Any]:
    """Who may see, join and do what; about 450 bytes."""
    dice = part.dice
    membership = {
        "policy": dice.pick(("open", "applications", "invitations")),
        "trustedOrganizations": [
            key for key, _ in dice.sample(part.platform.organizations, dice.between(0, 2))
        ],
        "allowSubspaceAdminsToInviteMembers": dice.chance(0.5),
    }
    collaboration = {
        "allowMembersToCreateSubspaces": dice.chance(0.3),
        "allowMembersToCreateCallouts": dice.chance(0.5),
        "inheritMembershipRights": True,
        "allowEventsFromSubspaces": dice.chance(0.7),
        "allowMembersToVideoCall": False,
        "allowGuestContributions": dice.chance(0.1),
    }
    privacy = {"mode": dice.pick(("public", "private")), "allowPlatformSupportAsAdmin": dice.chance(0.2)}
    return {"privacy": privacy, "membership": membership, "collaboration": collaboration}


def add_about(part: Part) -> str:
    """What a space says of itself."""
    dice = part.dice
    with part.entity("space_about") as about:
        about["why"] = dice.pick((None, "", dice.pick(part.texts.pages)))
        about["who"] = dice.pick((None, "", dice.pick(part.texts.pages)))
        visuals = ("avatar", "banner", "card", "bannerWide")
        about["profileId"] = add_profile(
            part, "space-about", None, visuals, 2, references=3, with_location=True
        )
        about["guidelinesId"] = add_guidelines(part)
    return str(about["id"])


def add_guidelines(part: Part) -> str:
    """A community's guidelines."""
    return part.row(
        "community_guidelines", profileId=add_profile(part, "community-guidelines", None, (), 0, references=1)
    )
