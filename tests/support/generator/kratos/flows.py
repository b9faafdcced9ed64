# SPDX-License-Identifier: GPL-3.0-or-later
"""Self-service flows: one per page view, and by far the largest tables where nobody cleans up."""

from __future__ import annotations

from typing import Any

from tests.support.generator.json_text import mysql_json

from .part import Part, later

_NODES = ("csrf_token", "identifier", "password", "traits.email", "traits.name.first", "method")


def add_flows(part: Part) -> None:
    """Flows of all five kinds; logins dominate."""
    count = part.database.scale.flows
    for person in part.people:
        for _ in range(count):
            add_login_flow(part)
        for _ in range(max(2, count // 5)):
            add_registration_flow(part)
        if part.dice.chance(0.5) or part.people.index(person) < 3:
            add_settings_flow(part, person.identity_id)


def _common(part: Part, minutes: int) -> dict[str, Any]:
    dice = part.dice
    issued = dice.second()
    url = "https://platform.example.org/self-service?return_to=%2Fhome"
    if dice.chance(0.02):
        url += "&login_challenge=" + dice.hexadecimal(3000)
    return {
        # Rows without request_url are old; on the target the column is NOT NULL.
        "request_url": dice.pick((None, "", url)) if dice.chance(0.05) else url,
        "issued_at": issued,
        "expires_at": later(issued, minutes=minutes),
        "created_at": issued,
        "type": dice.pick(("browser", "browser", "browser", "api")),
        "ui": None if dice.chance(0.02) else _ui(part),
        "csrf_token": dice.url_safe(86) + "==",
    }


def _ui(part: Part) -> str:
    """The form as it was shown: 1 to 6 kB."""
    dice = part.dice
    nodes = [
        {
            "type": "input",
            "group": dice.pick(("default", "password", "oidc")),
            "attributes": {
                "name": dice.pick(_NODES),
                "type": "text",
                "value": dice.url_safe(60),
                "required": True,
                "disabled": False,
                "node_type": "input",
            },
            "messages": [],
            "meta": {"label": {"id": 1070002, "text": dice.pick(part.database.texts.titles), "type": "info"}},
        }
        for _ in range(dice.between(2, 14))
    ]
    message = {"id": 4000006, "type": "error", "text": "The provided credentials are invalid…", "context": {}}
    ui = {
        "action": "https://platform.example.org/ory/kratos/public/self-service/login?flow=x",
        "method": "POST",
    }
    return mysql_json({**ui, "nodes": nodes, "messages": [message] if dice.chance(0.2) else None})


def add_login_flow(part: Part) -> str:
    """A login page, now and then with a code mailed for it."""
    dice = part.dice
    flow = part.row(
        "selfservice_login_flows",
        active_method=dice.pick(("", "", "password", "oidc", "code")),
        forced=dice.chance(0.05),
        internal_context="{}",
        oauth2_login_challenge=dice.pick((None, None, "", dice.uuid())),
        oauth2_login_challenge_data=dice.pick((None, None, dice.url_safe(64))),
        state=dice.pick((None, "choose_method", "sent_email", "passed_challenge")),
        submit_count=dice.between(0, 3),
        **_common(part, 10),
    )
    if dice.chance(0.3):
        person = dice.pick(part.people)
        _add_code(part, "login", person.login, selfservice_login_flow_id=flow, identity_id=person.identity_id)
    return flow


def add_registration_flow(part: Part) -> str:
    """A registration page."""
    dice = part.dice
    flow = part.row(
        "selfservice_registration_flows",
        active_method=dice.pick(("", "password", "oidc", "code")),
        internal_context=dice.pick(("{}", '{"dup": {"value": 1.5}}')),
        state=dice.pick((None, "choose_method", "passed_challenge")),
        organization_id=dice.pick((None, None, "", dice.uuid())),
        oauth2_login_challenge=dice.pick((None, None, dice.uuid())),
        oauth2_login_challenge_data=dice.pick((None, None, '{"challenge": "x"}')),
        **_common(part, 10),
    )
    if dice.chance(0.4):
        _add_code(part, "registration", "new.person@example.org", selfservice_registration_flow_id=flow)
    return flow


def _add_code(part: Part, kind: str, address: str, **keys: str) -> None:
    """A one-time code. address_type is a char(36) that holds no uuid."""
    part.row(
        f"identity_{kind}_codes",
        code=part.dice.hexadecimal(64),
        address=address,
        address_type=part.dice.pick(("email", "email", "sms")),
        used_at=part.dice.pick((None, part.dice.second())),
        **keys,
    )


def add_settings_flow(part: Part, identity_id: str) -> str:
    """A settings page."""
    return part.row(
        "selfservice_settings_flows",
        identity_id=identity_id,
        active_method=part.dice.pick((None, "", "profile", "password")),
        state=part.dice.pick(("show_form", "success")),
        internal_context="{}",
        **{key: value for key, value in _common(part, 60).items() if key != "csrf_token"},
    )


def add_recovery_flow(part: Part, identity_id: str) -> str:
    """A forgotten password."""
    return part.row(
        "selfservice_recovery_flows",
        active_method=part.dice.pick((None, "code", "link")),
        state=part.dice.pick(("choose_method", "sent_email", "passed_challenge")),
        recovered_identity_id=part.dice.pick((None, identity_id)),
        skip_csrf_check=part.dice.chance(0.2),
        **_common(part, 60),
    )


def add_verification_flow(part: Part, identity_id: str) -> str:
    """An address being verified; two varchar(36) columns are uuids on the target."""
    dice = part.dice
    methods = mysql_json([{"method": "password", "aal": "aal1", "completed_at": "2025-11-02T09:13:44.1Z"}])
    return part.row(
        "selfservice_verification_flows",
        active_method=dice.pick((None, "code", "link")),
        state=dice.pick(("choose_method", "sent_email", "passed_challenge")),
        session_id=dice.pick((None, "", dice.uuid())),
        identity_id=dice.pick((None, "", identity_id)),
        authentication_methods=dice.pick((None, "null", "[]", methods)),
        oauth2_login_challenge=dice.pick((None, "", dice.url_safe(40))),
        **_common(part, 60),
    )
