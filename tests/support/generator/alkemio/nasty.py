# SPDX-License-Identifier: GPL-3.0-or-later
"""The nasty values of Alkemio's tables that must arrive, exactly or by a rule of the profile.

All foreign keys hold and every value is one that a strict server accepts. What must stop a run is in
misfits.py.
"""

from __future__ import annotations

from tests.support.generator.dice import Dice
from tests.support.generator.nasty import BLOBS, JSONS, MOMENTS, TEXTS, key
from tests.support.generator.whiteboards import compressed, converted, scene

from .platform import Part

_ASTRAL = "\U0001d4b3"
_CHAIN = 8
# Makes a value of some 10 MB on the source: more than half of its usual max_allowed_packet.
_LARGE_FILE = 6_600_000


def add_nasty(part: Part) -> None:
    """One row each."""
    _texts(part)
    _lengths(part)
    _jsons(part)
    _bytes(part)
    _moments(part)
    _numbers(part)
    _uuids(part)
    _whiteboards(part)
    _policy_chain(part)


def _texts(part: Part) -> None:
    """In unbounded and in bounded columns, and NULL beside them."""
    for name, text in TEXTS.items():
        part.row("profile", id=key(name), type="post", displayName=text, tagline=text, description=text)
        part.row("nvp", id=key(f"{name}_nvp"), name=text, value=text, sortOrder=0)
    part.row("profile", id=key("sql_null"), type="post", displayName="", tagline=None, description=None)


def _lengths(part: Part) -> None:
    """Full columns, every character of four bytes: lengths count characters on both servers."""
    part.row("nvp", id=key("longest_varchar"), name=_ASTRAL * 512, value=_ASTRAL * 512, sortOrder=-1)
    _visual(part, "longest_uri", "1.0", uri=_ASTRAL * 2048, alternativeText=_ASTRAL * 120)
    part.row("link", id=key("longest_text"), uri=_ASTRAL * 16383)
    # CHAR loses its trailing blanks whenever it is read.
    _activity(part, "char_blanks", messageID="$event  ")


def _jsons(part: Part) -> None:
    """Text that the source keeps or rewrites; what it returns is what must arrive."""
    for name, text in JSONS.items():
        part.row("location", id=key(name), city=name, geoLocation=text)


def _bytes(part: Part) -> None:
    blobs = {**BLOBS, "blob_long": Dice("nasty:blob").randbytes(300_000), "blob_null": None}
    for name, content in blobs.items():
        part.row(
            "memo", id=key(name), nameID=name, content=content, contentUpdatePolicy="owner", createdBy=None
        )


def _moments(part: Part) -> None:
    account = part.platform.people[0].user_id
    for name, moment in MOMENTS.items():
        part.row(
            "calendar_event",
            id=key(name),
            createdDate=moment,
            updatedDate=moment,
            nameID=name,
            type="event",
            createdBy=account,
            startDate=moment[:19],
            wholeDay=False,
            multipleDays=False,
            durationMinutes=0,
            visibleOnParentCalendar=False,
        )


def _numbers(part: Part) -> None:
    for ratio in ("99.9", "-99.9", "0.0", "-0.1"):
        _visual(part, f"ratio_{ratio}", ratio)
    for number in (-(2**31), -1, 0, 2**31 - 1):
        name = f"integer_{number}"
        part.row(
            "room", id=key(name), externalRoomID="", messagesCount=number, type="updates", displayName=""
        )


def _visual(part: Part, name: str, ratio: str, uri: str = "", **more: str) -> None:
    bounds = dict.fromkeys(("minWidth", "maxWidth", "minHeight", "maxHeight"), 0)
    part.row(
        "visual", id=key(name), name="card", uri=uri, aspectRatio=ratio, allowedTypes="", **bounds, **more
    )


def _activity(part: Part, name: str, **more: str | None) -> None:
    person = part.platform.people[0].user_id
    keys = {"triggeredBy": person, "resourceID": person, "collaborationID": person}
    part.row("activity", id=key(name), visibility=True, type="member-joined", **{**keys, **more})


def _uuids(part: Part) -> None:
    """'' for NULL, and capitals, which compare equal on the source even through a foreign key."""
    person = part.platform.people[0].user_id
    _activity(part, "uuid_empty", parentID="", messageID="")
    _activity(part, "uuid_null", parentID=None, messageID=None)
    _activity(part, "uuid_upper", parentID=person.upper(), triggeredBy=person.upper())
    _activity(part, "uuid_blanks", parentID="  ")
    owner = part.row("profile", id=key("uuid_owner"), type="user", displayName="capitals")
    part.row("tagset", id=key("uuid_upper_key").upper(), type="freeform", tags="", profileId=owner.upper())
    part.row("credential", id=key("uuid_in_text"), resourceID=person.upper(), type="user-self", issuer="")


def _whiteboards(part: Part) -> None:
    """Every form the content column is known to hold."""
    dice = Dice("nasty:whiteboards")
    legacy = scene(dice, 3)
    contents = {
        "board_never_edited": "",
        "board_compressed": compressed(scene(dice, 40)),
        "board_many_nuls": compressed(scene(dice, 200, file_bytes=60_000)),
        "board_empty_scene": compressed(scene(dice, 0)),
        "board_converted": converted(scene(dice, 8)),
        "board_legacy_json": legacy,
        "board_legacy_wide": legacy.replace("excalidraw", "excalidraw 😀 会議"),
    }
    for number in range(part.platform.scale.large_boards):
        contents[f"board_large_{number}"] = compressed(scene(dice, 20, file_bytes=_LARGE_FILE))
    for name, content in contents.items():
        part.row(
            "whiteboard",
            id=key(name),
            nameID=name,
            content=content,
            contentUpdatePolicy="owner",
            previewSettings='{"mode": "auto", "coordinates": null}',
        )
        part.row("callout_contribution_defaults", id=key(f"{name}_default"), whiteboardContent=content)
    part.row("callout_contribution_defaults", id=key("board_null"), whiteboardContent=None)


def _policy_chain(part: Part) -> None:
    """Policies eight deep, each below the one before."""
    parent: str | None = None
    for depth in range(_CHAIN):
        parent = part.row(
            "authorization_policy",
            id=key(f"chain_{depth}"),
            credentialRules="[]",
            privilegeRules="[]",
            type="unknown",
            parentAuthorizationPolicyId=parent,
        )
