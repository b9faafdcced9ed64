# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles and all that hangs on them: storage, tagsets, visuals, references, locations, documents."""

from __future__ import annotations

from tests.support.generator.json_text import mysql_json
from tests.support.generator.words import words

from .platform import Part

_MIME_TYPES = words(
    "image/png image/jpeg image/svg+xml application/pdf text/csv application/vnd.oasis.opendocument.text "
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document "
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
    "application/vnd.openxmlformats-officedocument.presentationml.presentation "
    "application/vnd.ms-powerpoint application/vnd.ms-excel image/webp image/avif image/heic"
)
MIME_TYPES = ",".join(_MIME_TYPES)
_VISUALS = {
    "avatar": (190, 410, "1.0"),
    "banner": (384, 1536, "6.0"),
    "card": (307, 410, "1.6"),
    "bannerWide": (640, 2560, "10.0"),
    "whiteboardPreview": (500, 1800, "1.8"),
}
_VISUAL_TYPES = "image/png,image/jpeg,image/jpg,image/svg+xml,image/webp"
_REFERENCES = ("linkedin", "github", "bsky", "website", "Öffentlicher Bericht", "slides 📅")
_TAGS = words('energy|zorg & welzijn|naïve|🌍|データ|open-source|C++|50% off|"quoted"|it\'s', "|")


def add_profile(
    part: Part,
    kind: str,
    name: str | None = None,
    visuals: tuple[str, ...] = ("card",),
    tagsets: int = 1,
    *,
    references: int = 1,
    with_location: bool = False,
) -> str:
    """A profile of the given type with its children; returns its key."""
    dice, texts = part.dice, part.texts
    with part.entity("profile", type=kind) as profile:
        profile["displayName"] = name or dice.pick(texts.titles)
        profile["tagline"] = dice.pick(("", None, dice.pick(texts.sentences)))
        profile["description"] = "" if dice.chance(0.15) else dice.pick(texts.pages)
        profile["locationId"] = add_location(part) if with_location else None
        profile["storageBucketId"] = add_bucket(part, None)
        for number in range(tagsets):
            add_tagset(part, profile_id=profile["id"], name=("default", "skills", "keywords")[number % 3])
        for visual in visuals:
            add_visual(part, profile["id"], visual)
        for _ in range(references):
            add_reference(part, profile["id"])
    return str(profile["id"])


def add_bucket(part: Part, aggregator_id: str | None, documents: float = 0.25) -> str:
    """A storage bucket, with a document in some."""
    with part.entity("storage_bucket", allowedMimeTypes=MIME_TYPES) as bucket:
        bucket["maxFileSize"] = part.dice.pick((5242880, 15728640, 2147483647))
        bucket["storageAggregatorId"] = aggregator_id or part.dice.pick(part.recall("aggregator") or [None])
        if part.dice.chance(documents):
            add_document(part, bucket["id"])
    return str(bucket["id"])


def add_aggregator(part: Part, kind: str, parent: str | None, key: str | None = None) -> str:
    """A storage aggregator whose direct bucket points back at it: the one cycle of the schema."""
    key = key or part.new_id("storage_aggregator")
    with part.entity("storage_aggregator", id=key, type=kind) as aggregator:
        aggregator["parentStorageAggregatorId"] = parent
        aggregator["directStorageId"] = add_bucket(part, key, documents=0.5)
    part.remember("aggregator", key)
    return key


def add_document(part: Part, bucket_id: str) -> str:
    """A stored file's row."""
    dice = part.dice
    with part.entity("document", storageBucketId=bucket_id) as document:
        document["createdBy"] = dice.pick((None, "", part.anyone().user_id, part.anyone().user_id))
        document["displayName"] = dice.pick(part.texts.titles) + dice.pick((".pdf", ".PNG", " (1).docx", ""))
        document["mimeType"] = dice.pick(_MIME_TYPES)
        document["size"] = dice.between(0, 20_000_000)
        document["externalID"] = "Qm" + dice.alphanumeric(44) if dice.chance(0.3) else dice.hexadecimal(64)
        document["temporaryLocation"] = dice.chance(0.02)
        document["tagsetId"] = add_tagset(part)
    return str(document["id"])


def add_tagset(
    part: Part,
    profile_id: str | None = None,
    name: str = "default",
    template_id: str | None = None,
    classification_id: str | None = None,
) -> str:
    """A tagset; tags are comma-joined and '' is the empty list."""
    dice = part.dice
    tags = ",".join(dice.sample(_TAGS, dice.between(1, 4))) if dice.chance(0.5) else ""
    return part.row(
        "tagset",
        name=name,
        type="select-one" if template_id else "freeform",
        tags=tags,
        profileId=profile_id,
        tagsetTemplateId=template_id,
        classificationId=classification_id,
    )


def add_visual(part: Part, profile_id: str, name: str) -> None:
    """A picture's frame."""
    dice = part.dice
    low, high, ratio = _VISUALS[name]
    uri = ""
    if dice.chance(0.5):
        uri = f"https://platform.example.org/api/private/rest/storage/document/{dice.uuid()}"
    elif name == "avatar":
        uri = "https://avatars.example.org/api/?name=admin+alkemio&background=" + dice.hexadecimal(6)
    part.row(
        "visual",
        name=name,
        uri=uri,
        minWidth=low,
        maxWidth=high,
        minHeight=low,
        maxHeight=high,
        aspectRatio=ratio,
        allowedTypes=_VISUAL_TYPES,
        alternativeText=dice.pick((None, "", dice.pick(part.texts.sentences))),
        profileId=profile_id,
    )


def add_reference(part: Part, profile_id: str) -> None:
    """A link of a profile, sometimes a long presigned one."""
    dice = part.dice
    uri = dice.pick(("", "https://example.org/ünïcode?q=a%20b&c=d#e", "https://www.linkedin.com/in/x/"))
    if dice.chance(0.05):
        uri = "https://storage.example.net/x.pdf?X-Signature=" + dice.hexadecimal(400)
    part.row(
        "reference",
        name=dice.pick(_REFERENCES),
        uri=uri,
        description=dice.pick((None, "", dice.pick(part.texts.sentences))),
        profileId=profile_id,
    )


def add_location(part: Part) -> str:
    """A location; most are empty strings throughout."""
    dice = part.dice
    values = dict.fromkeys(("city", "country", "addressLine1", "addressLine2", "stateOrProvince"), "")
    values["postalCode"] = ""
    geo: dict[str, object] = {"isValid": False}
    if dice.chance(0.4):
        values.update(city=dice.pick(("Den Haag", "Łódź", "São Paulo", "東京")), country="NL")
        values.update(addressLine1="Street 1\nback yard", postalCode="2513 AA")
        latitude, longitude = round(dice.uniform(-90, 90), 6), round(dice.uniform(-180, 180), 6)
        geo = {"isValid": True, "latitude": latitude, "longitude": longitude}
    return part.row("location", geoLocation=mysql_json(geo), **values)
