# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates of every kind, their sets, managers and defaults, and the packs and hubs that show them."""

from __future__ import annotations

from tests.support.generator.json_text import mysql_json

from .about import add_about, add_guidelines, space_settings
from .collaboration import add_callout, add_collaboration, add_whiteboard
from .platform import Part
from .profiles import add_profile

_KINDS = ("callout", "whiteboard", "post", "community-guidelines", "space")
_DEFAULTS = ("space", "space-tutorials", "space-knowledge", "space-subspace")


def add_templates_manager(part: Part, owner: str, key: str | None = None) -> str:
    """A manager with its set of templates and the defaults that point into it."""
    key = key or part.new_id("templates_manager")
    with part.entity("templates_manager", id=key) as manager:
        manager["templatesSetId"], templates = add_templates_set(part)
        for number, kind in enumerate(_DEFAULTS if owner == "platform" else _DEFAULTS[3:]):
            part.row(
                "template_default",
                type=kind,
                allowedTemplateType="space",
                templatesManagerId=key,
                templateId=templates[-1] if number == 0 else None,
            )
    return key


def add_templates_set(part: Part) -> tuple[str, list[str]]:
    """One template of each kind; the last is a space's."""
    with part.entity("templates_set") as templates_set:
        templates = [add_template(part, templates_set["id"], kind) for kind in _KINDS]
    return str(templates_set["id"]), templates


def add_template(part: Part, templates_set: str, kind: str) -> str:
    """A template and what it is a template of."""
    with part.entity("template", nameID=part.name_id("template"), type=kind) as template:
        template["templatesSetId"] = templates_set
        template["profileId"] = add_profile(part, "template", None, ("card",), 1, references=0)
        template["postDefaultDescription"] = part.dice.pick(part.texts.pages) if kind == "post" else None
        if kind == "callout":
            template["calloutId"] = add_callout(part, None, 0, None, True)
        elif kind == "whiteboard":
            template["whiteboardId"] = add_whiteboard(part)
        elif kind == "community-guidelines":
            template["communityGuidelinesId"] = add_guidelines(part)
        elif kind == "space":
            template["contentSpaceId"] = add_content_space(part, None, 1)
    return str(template["id"])


def add_content_space(part: Part, parent: str | None, below: int) -> str:
    """A space's content as a template, with one level below it."""
    level = 0 if parent is None else 1
    with part.entity("template_content_space", level=level, parentSpaceId=parent) as content:
        content["settings"] = mysql_json(space_settings(part))
        content["collaborationId"] = add_collaboration(part, 1, is_template=True)
        content["aboutId"] = add_about(part)
        if below:
            add_content_space(part, content["id"], below - 1)
    return str(content["id"])


def add_store(part: Part, number: int) -> None:
    """An innovation pack and an innovation hub of some account."""
    dice = part.dice
    account = part.platform.people[number % len(part.platform.people)].account_id
    with part.entity("innovation_pack", nameID=part.name_id("pack"), accountId=account) as pack:
        pack.update(listedInStore=dice.chance(0.5), searchVisibility=dice.pick(("account", "public")))
        pack["profileId"] = add_profile(part, "innovation-pack", None, ("avatar",), 1, references=2)
        pack["templatesSetId"], _ = add_templates_set(part)
    with part.entity("innovation_hub", nameID=part.name_id("hub"), accountId=account) as hub:
        hub.update(subdomain=f"hub-{number}", type=dice.pick(("visibility", "list")))
        hub["spaceVisibilityFilter"] = dice.pick((None, "", "demo"))
        hub["spaceListFilter"] = dice.pick((None, "", f"{dice.uuid()},{dice.uuid()}"))
        hub.update(listedInStore=dice.chance(0.5), searchVisibility="public")
        hub["profileId"] = add_profile(part, "innovation-hub", None, ("bannerWide",), 1, references=0)
