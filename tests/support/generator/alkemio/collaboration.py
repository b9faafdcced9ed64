# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do in a space: callouts and contributions, the flow they follow, the calendar."""

from __future__ import annotations

from typing import Any

from tests.support.generator.json_text import mysql_json
from tests.support.generator.words import words

from .basics import add_license, add_room
from .platform import Part
from .profiles import add_profile, add_tagset

FLOW_STATES = ("Explore", "👍 Reviewing essential concepts", "Évaluer", "Done")
_CONTRIBUTIONS = ("post", "post", "whiteboard", "link", "post", "memo")
_SPACE_ENTITLEMENTS = words("space-flag-save-as-template space-flag-virtual-contributor-access")


def add_collaboration(part: Part, callouts: int, is_template: bool = False) -> str:
    """A collaboration with its callouts, flow and timeline."""
    with part.entity("collaboration", isTemplate=is_template) as collaboration:
        collaboration["licenseId"] = add_license(part, "collaboration", _SPACE_ENTITLEMENTS)
        flow_template, template_set = add_flow_template(part)
        collaboration["innovationFlowId"] = add_flow(part, flow_template)
        collaboration["calloutsSetId"] = add_callouts_set(
            part, callouts, template_set, flow_template, is_template
        )
        collaboration["timelineId"] = None if is_template else add_timeline(part)
    part.remember("collaboration", collaboration["id"])
    return str(collaboration["id"])


def add_flow_template(part: Part) -> tuple[str, str]:
    """The tagset template of the flow's states, and its set."""
    template_set = part.row("tagset_template_set")
    template = part.row(
        "tagset_template",
        name="flow-state",
        type="select-one",
        allowedValues=",".join(FLOW_STATES),
        defaultSelectedValue=part.dice.pick((None, "", FLOW_STATES[0])),
        tagsetTemplateSetId=template_set,
    )
    return template, template_set


def add_flow(part: Part, flow_template: str) -> str:
    """An innovation flow with its states."""
    with part.entity("innovation_flow", flowStatesTagsetTemplateId=flow_template) as flow:
        flow["profileId"] = add_profile(part, "innovation-flow", None, ("card",), 0, references=0)
        flow["settings"] = mysql_json({"minimumNumberOfStates": 1, "maximumNumberOfStates": 100})
        states = [
            part.row(
                "innovation_flow_state",
                displayName=name,
                description=part.dice.pick((None, "", part.dice.pick(part.texts.pages))),
                settings=mysql_json({"allowNewCallouts": True}),
                sortOrder=number,
                innovationFlowId=flow["id"],
            )
            for number, name in enumerate(FLOW_STATES)
        ]
        flow["currentStateID"] = part.dice.pick((states[0], states[0], None, ""))
    return str(flow["id"])


def add_knowledge_base(part: Part) -> str:
    """A virtual contributor's own callouts."""
    with part.entity("knowledge_base") as knowledge_base:
        knowledge_base["profileId"] = add_profile(part, "knowledge-base", None, (), 0, references=0)
        knowledge_base["calloutsSetId"] = add_callouts_set(part, 1, None, None)
    return str(knowledge_base["id"])


def add_callouts_set(
    part: Part, callouts: int, template_set: str | None, flow_template: str | None, is_template: bool = False
) -> str:
    """A set of callouts."""
    kind = "collaboration" if template_set else "knowledge-base"
    with part.entity("callouts_set", type=kind, tagsetTemplateSetId=template_set) as callouts_set:
        for number in range(callouts):
            add_callout(part, callouts_set["id"], number, flow_template, is_template)
    return str(callouts_set["id"])


def add_callout(
    part: Part, callouts_set: str | None, order: int, flow_template: str | None, is_template: bool
) -> str:
    """A callout with framing, classification and contributions."""
    dice = part.dice
    with part.entity("callout", calloutsSetId=callouts_set, sortOrder=order) as callout:
        callout.update(nameID=part.name_id("callout"), isTemplate=is_template)
        callout["createdBy"] = dice.pick((None, "", part.anyone().user_id, part.anyone().user_id))
        callout["publishedBy"] = dice.pick((None, "", callout["createdBy"]))
        callout["publishedDate"] = dice.second() if dice.chance(0.7) else None
        callout["framingId"] = add_framing(part)
        callout["contributionDefaultsId"] = add_contribution_defaults(part)
        callout["commentsId"] = add_room(part, "callout", f"callout-{callout['nameID']}")
        with part.entity("classification") as classification:
            add_tagset(part, None, "flow-state", flow_template, classification["id"])
        callout["classificationId"] = classification["id"]
        callout["settings"] = mysql_json(_callout_settings(part))
        kinds = [] if is_template else _kinds(part)
        contributions = [add_contribution(part, callout["id"], kind, n) for n, kind in enumerate(kinds)]
    if not is_template and contributions:
        part.remember("callout", (callout["id"], contributions))
    return str(callout["id"])


def _kinds(part: Part) -> list[str]:
    """How many contributions of which kind; two callouts in five of a real platform have few or none."""
    mean = part.platform.scale.contributions_per_callout
    count = part.dice.between(mean // 2, mean * 3 // 2)
    return [_CONTRIBUTIONS[number % len(_CONTRIBUTIONS)] for number in range(count)]


def _callout_settings(part: Part) -> dict[str, Any]:
    contribution = {
        "enabled": True,
        "canAddContributions": part.dice.pick(("members", "admins", "none")),
        "allowedTypes": part.dice.pick((["post"], ["whiteboard", "link"], ["memo"], [])),
        "commentsEnabled": part.dice.chance(0.7),
    }
    visibility = part.dice.pick(("draft", "published", "published"))
    return {"visibility": visibility, "framing": {"commentsEnabled": True}, "contribution": contribution}


def add_framing(part: Part) -> str:
    """A callout's face: text, sometimes with a whiteboard, memo or link."""
    dice = part.dice
    kind = dice.pick(("none", "none", "none", "whiteboard", "memo", "link"))
    with part.entity("callout_framing", type=kind) as framing:
        framing["profileId"] = add_profile(part, "callout-framing", None, (), 1, references=1)
        if kind == "whiteboard":
            framing["whiteboardId"] = add_whiteboard(part)
        elif kind == "memo":
            framing["memoId"] = add_memo(part)
        elif kind == "link":
            framing["linkId"] = add_link(part)
    return str(framing["id"])


def add_contribution_defaults(part: Part) -> str:
    """What a new contribution starts with."""
    dice = part.dice
    return part.row(
        "callout_contribution_defaults",
        defaultDisplayName=dice.pick((None, "", dice.pick(part.texts.titles))),
        postDescription=dice.pick((None, "", dice.pick(part.texts.pages))),
        whiteboardContent=dice.pick(part.platform.boards) if dice.chance(0.1) else dice.pick((None, "")),
    )


def add_contribution(part: Part, callout_id: str, kind: str, order: int) -> str:
    """One contribution; exactly one of its four keys is set."""
    dice = part.dice
    with part.entity(
        "callout_contribution", calloutId=callout_id, type=kind, sortOrder=order
    ) as contribution:
        contribution["createdBy"] = dice.pick((None, "", part.anyone().user_id))
        adders = {"post": add_post, "whiteboard": add_whiteboard, "link": add_link, "memo": add_memo}
        contribution[f"{kind}Id"] = adders[kind](part)
    return str(contribution["id"])


def add_post(part: Part) -> str:
    """A post with its comments' room."""
    with part.entity("post", nameID=part.name_id("post"), createdBy=part.anyone().user_id) as post:
        post["profileId"] = add_profile(part, "post", None, ("banner", "card"), 1, references=1)
        post["commentsId"] = add_room(part, "post", f"post-{post['nameID']}")
    return str(post["id"])


def add_whiteboard(part: Part, content: str | None = None) -> str:
    """A whiteboard; never edited ones hold ''."""
    dice = part.dice
    with part.entity("whiteboard", nameID=part.name_id("whiteboard")) as whiteboard:
        if content is None:
            content = "" if dice.chance(0.1) else dice.pick(part.platform.boards)
        whiteboard["content"] = content
        whiteboard["createdBy"] = dice.pick((None, "", part.anyone().user_id))
        whiteboard["contentUpdatePolicy"] = dice.pick(("admins", "contributors", "owner"))
        whiteboard["profileId"] = add_profile(
            part, "whiteboard", None, ("whiteboardPreview",), 1, references=0
        )
        automatic = {"mode": "auto", "coordinates": None}
        area = {"x": 123.45600000000013, "y": -0.5, "width": dice.random() * 900, "height": 400}
        custom = {"mode": dice.pick(("custom", "fixed")), "coordinates": area}
        whiteboard["previewSettings"] = mysql_json(dice.pick((automatic, automatic, custom)))
    return str(whiteboard["id"])


def add_memo(part: Part) -> str:
    """A memo: the update of a shared document, any bytes at all."""
    dice = part.dice
    with part.entity("memo", nameID=part.name_id("memo")) as memo:
        # Few are long: 100 bytes to 200 kB, with the logarithm evenly spread.
        size = int(100 * 2000 ** dice.random()) if dice.chance(0.08) else dice.between(100, 2000)
        memo["content"] = None if dice.chance(0.1) else dice.randbytes(size)
        memo["createdBy"] = dice.pick((None, "", part.anyone().user_id))
        memo["contentUpdatePolicy"] = "contributors"
        memo["profileId"] = add_profile(part, "memo", None, (), 1, references=0)
    return str(memo["id"])


def add_link(part: Part) -> str:
    """A link."""
    with part.entity("link", uri=part.dice.pick(("", "https://example.org/a?b=c&d='e'"))) as link:
        link["profileId"] = add_profile(part, "contribution-link", None, (), 1, references=0)
    return str(link["id"])


def add_timeline(part: Part) -> str:
    """A timeline with a calendar; some events lie in the hour that daylight saving skips or repeats."""
    dice = part.dice
    starts = ("2024-03-31 02:30:00", "2024-10-27 02:30:00", dice.second(), dice.second())
    with part.entity("timeline") as timeline, part.entity("calendar") as calendar:
        timeline["calendarId"] = calendar["id"]
        for number in range(dice.between(1, 3)):
            with part.entity("calendar_event", nameID=part.name_id("event"), type="event") as event:
                event.update(createdBy=part.anyone().user_id, startDate=starts[number])
                event.update(wholeDay=dice.chance(0.3), multipleDays=dice.chance(0.2))
                event.update(durationMinutes=dice.pick((0, 30, 90)), durationDays=dice.pick((None, 0, 3)))
                event["visibleOnParentCalendar"] = dice.chance(0.5)
                event["profileId"] = add_profile(part, "calendar-event", None, ("banner",), 1, references=1)
                event["commentsId"] = add_room(part, "calendar_event", f"event-{event['nameID']}")
                event["calendarId"] = calendar["id"]
            part.remember("calendar event", event["id"])
    return str(timeline["id"])
