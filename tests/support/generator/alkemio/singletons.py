# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists once: the platform, its library, forum, licensing and AI server."""

from __future__ import annotations

from tests.support.generator.json_text import mysql_json

from .basics import add_room
from .community import add_role_set
from .platform import Part
from .profiles import add_aggregator, add_profile
from .templates import add_store, add_templates_manager

_CATEGORIES = "releases,platform-functionalities,community-building,challenge-centric,help,other"
_PRICES = (None, "0.00", "249.00", "99999999.99", "-99999999.99", "0.01")


def add_singletons(part: Part) -> None:
    """The first part's own rows."""
    ids = part.platform.ids
    aggregator = add_aggregator(part, "platform", None, ids["platform_aggregator"])
    well_known = {"CHAT_GUIDANCE": part.platform.virtual_contributors[0][0]}
    blacklist = {"iframeAllowedUrls": ["https://video.example.org"], "notificationEmailBlacklist": []}
    with part.entity("platform", id=ids["platform"], storageAggregatorId=aggregator) as platform:
        platform["settings"] = mysql_json({"integration": blacklist})
        # The oldest of three shapes; the target's seed row has the newest.
        platform["wellKnownVirtualContributors"] = mysql_json(well_known)
        platform["forumId"] = add_forum(part)
        platform["libraryId"] = part.row("library", id=ids["library"])
        platform["templatesManagerId"] = add_templates_manager(
            part, "platform", ids["platform_templates_manager"]
        )
        platform["licensingFrameworkId"] = add_licensing(part)
        platform["roleSetId"] = add_role_set(part, "platform", "", None)
    part.row("ai_server", id=ids["ai_server"])
    for number in range(part.platform.scale.stores):
        add_store(part, number)


def add_forum(part: Part) -> str:
    """The forum with its discussions."""
    with part.entity("forum", id=part.platform.ids["forum"], discussionCategories=_CATEGORIES) as forum:
        for number in range(part.platform.scale.discussions):
            with part.entity("discussion", forumId=forum["id"]) as discussion:
                discussion.update(nameID=part.name_id("discussion"), createdBy=part.anyone().user_id)
                discussion["category"] = _CATEGORIES.split(",")[number % 6]
                discussion["privacy"] = part.dice.pick(("authenticated", "public", "author"))
                discussion["profileId"] = add_profile(part, "discussion", None, (), 1, references=0)
                discussion["commentsId"] = add_room(part, "discussion_forum", "discussion")
    return str(forum["id"])


def add_licensing(part: Part) -> str:
    """Plans and the one policy that turns credentials into entitlements."""
    ids = part.platform.ids
    rules = [
        {
            "id": part.dice.uuid(),
            "name": f"Space {plan}",
            "credentialType": f"space-license-{plan}",
            "grantedEntitlements": [
                {"type": f"space-{plan}", "limit": 1},
                {"type": "space-flag-save-as-template", "limit": 1},
            ],
        }
        for plan in ("free", "plus", "premium", "save-as-template", "virtual-contributor-access")
    ]
    policy = part.row("license_policy", id=ids["license_policy"], credentialRules=mysql_json(rules))
    framework_id = ids["licensing_framework"]
    with part.entity("licensing_framework", id=framework_id, licensePolicyId=policy) as framework:
        for number, price in enumerate(_PRICES):
            part.row(
                "license_plan",
                name=f"PLAN_{number}",
                enabled=number != 3,
                sortOrder=number * 10,
                pricePerMonth=price,
                isFree=price == "0.00",
                trialEnabled=number == 2,
                requiresPaymentMethod=number > 1,
                requiresContactSupport=False,
                licenseCredential=f"space-license-{number}",
                type=part.dice.pick(("space-plan", "account-plan")),
                assignToNewUserAccounts=number == 0,
                licensingFrameworkId=framework["id"],
            )
    return str(framework["id"])
