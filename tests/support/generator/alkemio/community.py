# SPDX-License-Identifier: GPL-3.0-or-later
"""Role sets and communities: who may join what, applications and invitations."""

from __future__ import annotations

from tests.support.generator.json_text import mysql_json
from tests.support.generator.words import words

from .basics import add_lifecycle, add_room
from .platform import Part
from .profiles import add_profile

_ROLES = {
    "space": ("member", "lead", "admin"),
    "organization": ("associate", "admin", "owner"),
    "platform": words(
        "global-admin global-support global-license-manager global-community-reader global-spaces-reader "
        "beta-tester vc-campaign global-support-manager global-licenses"
    ),
}


def add_role_set(
    part: Part, kind: str, resource: str, parent: str | None, license_id: str | None = None
) -> str:
    """A role set with its roles and application form."""
    with part.entity("role_set", type=kind, entryRoleName=_ROLES[kind][0]) as role_set:
        role_set["parentRoleSetId"] = parent
        role_set["licenseId"] = license_id
        role_set["applicationFormId"] = None if kind == "platform" else add_form(part)
        for name in _ROLES[kind]:
            add_role(part, kind, name, resource, str(role_set["id"]))
    part.remember("role set", role_set["id"])
    return str(role_set["id"])


def add_role(part: Part, kind: str, name: str, resource: str, role_set_id: str) -> None:
    """A role and how many may hold it."""
    credential = {"type": f"{kind}-{name}", "resourceID": resource}
    parents = [{"type": f"{kind}-{name}", "resourceID": part.resource}] if part.dice.chance(0.3) else []
    unlimited = mysql_json({"maximum": -1, "minimum": 0})
    part.row(
        "role",
        name=name,
        credential=mysql_json(credential),
        parentCredentials=mysql_json(parents),
        requiresEntryRole=name != _ROLES[kind][0],
        requiresSameRoleInParentRoleSet=part.dice.chance(0.5),
        userPolicy=unlimited,
        organizationPolicy=mysql_json({"maximum": 9, "minimum": 0}),
        virtualContributorPolicy=unlimited,
        roleSetId=role_set_id,
    )


def add_form(part: Part) -> str:
    """An application form: JSON in a text column."""
    questions = [
        {
            "question": part.dice.pick(part.texts.sentences),
            "required": True,
            "maxLength": 500,
            "explanation": "",
            "sortOrder": number,
        }
        for number in range(part.dice.between(1, 3))
    ]
    return part.row("form", questions=mysql_json(questions), description=part.dice.pick(part.texts.pages))


def add_community(part: Part, space_id: str, parent_role_set: str | None, license_id: str) -> tuple[str, str]:
    """A space's community; returns its key and that of its role set."""
    dice = part.dice
    with part.entity("community") as community:
        community["parentID"] = dice.pick(("", part.resource))
        name = "communication-" + dice.pick(part.texts.titles)
        updates = add_room(part, "updates", name)
        community["communicationId"] = part.row(
            "communication", spaceID=dice.pick((space_id, space_id, "")), displayName=name, updatesId=updates
        )
        role_set = add_role_set(part, "space", space_id, parent_role_set, license_id)
        community["roleSetId"] = role_set
        if dice.chance(0.2):
            profile = add_profile(part, "user-group")
            part.row("user_group", profileId=profile, communityId=community["id"])
        add_newcomers(part, role_set)
    return str(community["id"]), role_set


def add_newcomers(part: Part, role_set: str) -> None:
    """Applications with their answers, invitations of users and of strangers."""
    dice = part.dice
    person = part.anyone()
    with part.entity("application", userId=person.user_id, roleSetId=role_set) as application:
        application["lifecycleId"] = add_lifecycle(part)
        for number in range(2):
            answer = part.row(
                "nvp",
                name=dice.pick(part.texts.sentences),
                value=dice.pick(part.texts.sentences) + "\r\n" + dice.pick(part.texts.sentences),
                sortOrder=number,
            )
            part.sink.add("application_questions", {"applicationId": application["id"], "nvpId": answer})
    part.remember("application", (application["id"], person.user_id))
    invitation = part.row(
        "invitation",
        invitedContributorID=part.anyone().user_id,
        createdBy=person.user_id,
        welcomeMessage=dice.pick((None, "", dice.pick(part.texts.pages)[:8192])),
        invitedToParent=dice.chance(0.3),
        contributorType="user",
        lifecycleId=add_lifecycle(part),
        roleSetId=role_set,
        extraRoles=dice.pick(("", "lead", "admin,lead")),
    )
    part.remember("invitation", invitation)
    part.row(
        "platform_invitation",
        email=dice.pick(("new.person@example.org", "New.Person@Example.org")),
        firstName=dice.pick((None, "", "Zoë")),
        lastName=dice.pick((None, "", "Müller")),
        createdBy=person.user_id,
        welcomeMessage="Welcome!\n\nSee you “soon” 😀",
        profileCreated=dice.chance(0.3),
        roleSetId=role_set,
        roleSetExtraRoles=dice.pick(("", "lead")),
    )
