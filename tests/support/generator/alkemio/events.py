# SPDX-License-Identifier: GPL-3.0-or-later
"""What has happened: activity, notifications, answers of virtual contributors."""

from __future__ import annotations

from typing import Any

from tests.support.generator.json_text import mysql_json
from tests.support.generator.words import words

from .platform import Part

_ACTIVITIES = words(
    "callout-published post-created post-comment whiteboard-created whiteboard-content-modified link-created "
    "memo-created member-joined subspace-created discussion-comment update-sent calendar-event-created"
)


def message_id(part: Part) -> str:
    """A Matrix event's id: case matters."""
    return "$" + part.dice.url_safe(43)


def add_events(part: Part) -> None:
    """Activity and notifications of this part's spaces, in proportion to them."""
    scale = part.platform.scale
    for space, collaboration in part.recall("space"):
        for _ in range(scale.activities_per_space):
            add_activity(part, space, collaboration)
        for number in range(scale.notifications_per_space):
            add_notification(part, space, number)
    for room, virtual in part.recall("virtual room")[: scale.interactions_per_part]:
        part.row(
            "vc_interaction",
            threadID=message_id(part),
            virtualContributorID=virtual,
            externalMetadata=part.dice.pick(
                ("{}", '{"threadId":"thread_' + part.dice.alphanumeric(24) + '"}')
            ),
            roomId=room,
        )


def add_activity(part: Part, space: str, collaboration: str) -> None:
    """One line of a space's history; its keys have no foreign keys."""
    dice = part.dice
    part.row(
        "activity",
        triggeredBy=part.anyone().user_id,
        resourceID=space,
        parentID=dice.pick((None, "", space)),
        collaborationID=collaboration,
        messageID=dice.pick((None, "", message_id(part))),
        visibility=dice.chance(0.9),
        description=dice.pick((None, "", dice.pick(part.texts.sentences))),
        type=dice.pick(_ACTIVITIES),
    )


def add_notification(part: Part, space: str, number: int) -> None:
    """A notification; which of its thirteen keys are set depends on the event, and events take turns."""
    dice = part.dice
    kind, category, keys = _EVENTS[number % len(_EVENTS)](part)
    keys["spaceID"] = space
    payload = {"type": kind, **{key: value for key, value in keys.items() if value}}
    part.row(
        "in_app_notification",
        type=kind,
        state=dice.pick(("read", "unread", "archived")),
        category=category,
        triggeredAt=dice.second(),
        triggeredByID=dice.pick((None, "", part.anyone().user_id)),
        receiverID=part.anyone().user_id,
        payload=mysql_json(payload),
        **keys,
    )


def _on_callout(part: Part) -> tuple[str, str, dict[str, Any]]:
    callout, contributions = part.dice.pick(part.recall("callout"))
    keys = {"calloutID": callout, "contributionID": part.dice.pick(contributions)}
    return "SPACE_COLLABORATION_CALLOUT_CONTRIBUTION", "space_member", keys


def _on_comment(part: Part) -> tuple[str, str, dict[str, Any]]:
    keys = {"roomID": part.dice.pick(part.recall("room")), "messageID": message_id(part)}
    return "USER_COMMENT_REPLY", "user", keys


def _on_application(part: Part) -> tuple[str, str, dict[str, Any]]:
    application, user = part.dice.pick(part.recall("application"))
    keys = {"applicationID": application, "contributorUserID": user}
    return "SPACE_ADMIN_COMMUNITY_APPLICATION", "space_admin", keys


def _on_invitation(part: Part) -> tuple[str, str, dict[str, Any]]:
    invitation = part.dice.pick(part.recall("invitation"))
    return (
        "USER_SPACE_COMMUNITY_INVITATION",
        "user",
        {"invitationID": invitation, "userID": part.anyone().user_id},
    )


def _on_event(part: Part) -> tuple[str, str, dict[str, Any]]:
    keys = {"calendarEventID": part.dice.pick(part.recall("calendar event"))}
    return "SPACE_COMMUNITY_CALENDAR_EVENT_CREATED", "space_member", keys


def _on_mention(part: Part) -> tuple[str, str, dict[str, Any]]:
    platform, dice = part.platform, part.dice
    organization = dice.pick(platform.organizations)[0]
    virtual = dice.pick(platform.virtual_contributors)[0]
    keys = {
        "organizationID": organization,
        "contributorOrganizationID": organization,
        "contributorVcID": virtual,
    }
    return "ORGANIZATION_ADMIN_MENTIONED", "organization", keys


_EVENTS = (_on_callout, _on_comment, _on_application, _on_invitation, _on_event, _on_mention)
