# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts and who owns them: users, organizations, virtual contributors."""

from __future__ import annotations

from typing import Any

from tests.support.generator.json_text import mysql_json
from tests.support.generator.people import Person
from tests.support.generator.words import words

from .basics import add_agent, add_license, add_lifecycle, add_room
from .collaboration import add_knowledge_base
from .community import add_role_set
from .platform import Part
from .profiles import add_aggregator, add_profile

_ENTITLEMENTS = words(
    "account-space-free account-space-plus account-space-premium account-virtual-contributor "
    "account-innovation-pack account-innovation-hub"
)
_ENGINES = words("guidance expert libra-flow generic-openai openai-assistant community-manager")
_NOTIFICATION_LEAVES = {
    "platform": ("forumDiscussionCreated", "forumDiscussionComment", "adminUserProfileCreated"),
    "organization": ("adminMessageReceived", "adminMentioned"),
    "space": (
        "adminCommunityApplicationReceived",
        "adminCommunityNewMember",
        "communicationUpdates",
        "collaborationCalloutPublished",
        "collaborationCalloutContributionCreated",
        "communityCalendarEvents",
    ),
    "user": ("messageReceived", "mentioned", "commentReply", "membership"),
    "virtualContributor": ("adminSpaceCommunityInvitation",),
}


def add_contributors(part: Part) -> None:
    """This part's share of everyone."""
    platform = part.platform
    for person in platform.mine(platform.people, part.number):
        add_user(part, person)
    for key, account_id in platform.mine(platform.organizations, part.number):
        add_organization(part, key, account_id)
    numbered = list(enumerate(platform.virtual_contributors))
    for number, (key, account_id) in platform.mine(numbered, part.number):
        add_virtual_contributor(part, number, key, account_id)


def add_account(part: Part, key: str, kind: str) -> str:
    """What a user or an organization owns; returns the key of its storage."""
    with part.entity("account", id=key, type=kind) as account:
        account["agentId"] = add_agent(part, "account", [("account-license-plus", key)])
        aggregator = add_aggregator(part, "account", part.platform.ids["platform_aggregator"])
        account["storageAggregatorId"] = aggregator
        account["licenseId"] = add_license(part, "account", _ENTITLEMENTS)
        account["externalSubscriptionID"] = part.dice.pick((None, "", "sub_" + part.dice.alphanumeric(14)))
        plan = {
            "spaceFree": 3,
            "spacePlus": 0,
            "spacePremium": 0,
            "innovationHub": 0,
            "virtualContributor": 0,
        }
        account["baselineLicensePlan"] = mysql_json(plan)
    return aggregator


def add_user(part: Part, person: Person) -> None:
    """A user with an account, settings, profile and conversations."""
    dice, key = part.dice, person.user_id
    aggregator = add_account(part, person.account_id, "user")
    with part.entity("user", id=key, nameID=person.name_id, accountID=person.account_id) as user:
        user.update(firstName=person.first_name, lastName=person.last_name)
        user.update(email=person.email, accountUpn=person.email)
        user["communicationID"] = dice.pick(("", f"@{person.login.replace('@', '=')}:matrix.example.org"))
        user["phone"] = dice.pick((None, "", "+31 6 1234 5678"))
        user["serviceProfile"] = dice.chance(0.01)
        credentials = [("global-registered", ""), ("user-self", key), ("account-admin", person.account_id)]
        user["agentId"] = add_agent(part, "user", credentials)
        name = f"{person.first_name} {person.last_name}"
        user["profileId"] = add_profile(part, "user", name, ("avatar",), 2, references=3, with_location=True)
        user["storageAggregatorId"] = add_aggregator(part, "user", aggregator)
        user["settingsId"] = add_settings(part)
        if dice.chance(0.7) or person.number < 4:
            user["conversationsSetId"] = add_conversations(part, key)


def add_settings(part: Part) -> str:
    """A user's switches, some two dozen of them."""
    dice = part.dice
    notification: dict[str, Any] = {
        group: {leaf: {"email": dice.chance(0.5), "inApp": dice.chance(0.8)} for leaf in leaves}
        for group, leaves in _NOTIFICATION_LEAVES.items()
    }
    return part.row(
        "user_settings",
        communication=mysql_json({"allowOtherUsersToSendMessages": dice.chance(0.9)}),
        privacy=mysql_json({"contributionRolesPubliclyVisible": dice.chance(0.9)}),
        notification=mysql_json(notification),
    )


def add_conversations(part: Part, user_id: str) -> str:
    """A user's conversations, with people and with virtual contributors."""
    dice, platform = part.dice, part.platform
    with part.entity("conversations_set") as conversations:
        for number in range(dice.between(1, 3)):
            virtual = dice.pick(platform.virtual_contributors)[0] if number == 0 else None
            room = add_room(
                part, "conversation" if virtual else "conversation_direct", "conversation-" + user_id
            )
            part.row(
                "conversation",
                type="user-vc" if virtual else "user-user",
                userID=user_id,
                virtualContributorID=virtual,
                wellKnownVirtualContributor="CHAT_GUIDANCE" if virtual and dice.chance(0.3) else None,
                conversationsSetId=conversations["id"],
                roomId=room,
            )
            if virtual:
                part.remember("virtual room", (room, virtual))
    return str(conversations["id"])


def add_organization(part: Part, key: str, account_id: str) -> None:
    """An organization, verified or not, with user groups."""
    dice = part.dice
    aggregator = add_account(part, account_id, "organization")
    with part.entity("organization", id=key, accountID=account_id) as organization:
        organization["nameID"] = f"organization-{key[:8]}"
        organization["communicationID"] = ""
        for column in ("legalEntityName", "domain", "website", "contactEmail"):
            organization[column] = dice.pick(("", "", "Example B.V.", "https://example.org"))
        organization["profileId"] = add_profile(
            part, "organization", None, ("avatar", "banner"), 3, references=2, with_location=True
        )
        organization["agentId"] = add_agent(part, "organization", [("space-member", dice.uuid())])
        organization["verificationId"] = add_verification(part, key)
        organization["storageAggregatorId"] = add_aggregator(part, "organization", aggregator)
        organization["roleSetId"] = add_role_set(part, "organization", key, None)
        matching = {"allowUsersMatchingDomainToJoin": dice.chance(0.2)}
        settings = {"privacy": {"contributionRolesPubliclyVisible": True}, "membership": matching}
        organization["settings"] = mysql_json(settings)
        for _ in range(dice.between(1, 2)):
            part.row("user_group", profileId=add_profile(part, "user-group"), organizationId=key)


def add_verification(part: Part, organization_id: str) -> str:
    """An organization's verification; half of them have no machine state."""
    dice = part.dice
    return part.row(
        "organization_verification",
        organizationID=dice.pick((organization_id, organization_id, "")),
        status=dice.pick(("not-verified", "pending-account", "verified-manual-attestation")),
        lifecycleId=add_lifecycle(part),
    )


def add_virtual_contributor(part: Part, number: int, key: str, account_id: str) -> None:
    """A virtual contributor. Accounts are not made here: it belongs to a user's."""
    dice, platform = part.dice, part.platform
    owner = platform.people[number % len(platform.people)]
    with part.entity("virtual_contributor", id=key, nameID=f"virtual-{number}") as virtual:
        virtual.update(communicationID="", listedInStore=dice.chance(0.5), searchVisibility="account")
        virtual["profileId"] = add_profile(part, "virtual-contributor", None, ("avatar",), 2, references=1)
        virtual["agentId"] = add_agent(part, "virtual-contributor", [("space-member", dice.uuid())])
        virtual["accountId"] = owner.account_id
        virtual["aiPersonaID"] = platform.personas[number]
        virtual.update(dataAccessMode="space_profile", interactionModes=dice.pick(("", "discussion_tagging")))
        virtual["bodyOfKnowledgeType"] = dice.pick(("alkemio-space", "alkemio-knowledge-base", "other"))
        virtual["bodyOfKnowledgeID"] = dice.pick((None, "", dice.uuid()))
        virtual["bodyOfKnowledgeDescription"] = dice.pick((None, dice.pick(part.texts.pages)))
        virtual["settings"] = mysql_json({"privacy": {"knowledgeBaseContentVisible": False}})
        # NULL in every third: the target has NOT NULL and the profile's rule must fill it.
        switches = mysql_json({"promptGraphEditingEnabled": False})
        virtual["platformSettings"] = None if number % 3 == 0 else switches
        virtual["promptGraphDefinition"] = mysql_json(prompt_graph(part)) if number % 2 else None
        virtual["knowledgeBaseId"] = add_knowledge_base(part)
        add_persona(part, number)


def add_persona(part: Part, number: int) -> None:
    """The engine behind a virtual contributor; the key in externalConfig is opaque cipher text."""
    dice = part.dice
    config = {"apiKey": dice.hexadecimal(128), "assistantId": None, "model": "gpt-4o"}
    prompt = [dice.pick(part.texts.pages)] if number % 2 else []
    part.row(
        "ai_persona",
        id=part.platform.personas[number],
        engine=dice.pick(_ENGINES),
        prompt=mysql_json(prompt),
        bodyOfKnowledgeLastUpdated=dice.pick((None, dice.second())),
        externalConfig=dice.pick((None, "", mysql_json(config))),
        aiServerId=part.platform.ids["ai_server"],
        promptGraph=mysql_json(prompt_graph(part)) if number % 3 == 0 else None,
    )


def prompt_graph(part: Part) -> dict[str, Any]:
    """A graph of prompts, about 15 kB with its escaped line breaks."""
    pages = part.texts.pages
    nodes = [
        {
            "name": f"node_{number}",
            "system": False,
            "input_variables": ["conversation", "knowledge"],
            "prompt": part.dice.pick(pages) + "\n\n" + part.dice.pick(pages),
            "output": {"title": "Answer", "type": "object", "properties": [{"name": "a", "type": "string"}]},
        }
        for number in range(6)
    ]
    edges = [{"from": f"node_{number}", "to": f"node_{number + 1}"} for number in range(5)]
    return {"nodes": nodes, "edges": edges, "start": "node_0", "end": "node_5", "state": None}
