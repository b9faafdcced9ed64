# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail that was sent, round trips in flight, errors that were shown."""

from __future__ import annotations

from tests.support.generator.json_text import mysql_json
from tests.support.generator.people import Person
from tests.support.generator.words import words

from .part import Part

_TEMPLATES = words(
    "recovery_valid recovery_invalid recovery_code_valid verification_valid verification_code_valid "
    "login_code_valid registration_code_valid"
)


def add_courier(part: Part) -> None:
    """Messages of everyone, and the transient tables."""
    for person in part.people:
        for _ in range(part.database.scale.messages):
            _add_message(part, person)
    for person in part.people[: max(4, len(part.people) // 4)]:
        _add_transients(part, person)


def _add_message(part: Part, person: Person) -> None:
    dice = part.dice
    code = str(dice.between(100000, 999999))
    line_end = dice.pick(("\n", "\r\n"))
    body = line_end.join(
        (f"Hi {person.first_name},", "", f"\tcode:\t{code}", f'C:\\mail\\{code} "it\'s" 📅', "", "--", "")
    )
    data = {"To": person.login, "VerificationCode": code, "Identity": {"id": person.identity_id}}
    status = dice.pick((2, 2, 2, 2, 4, 1, 3))
    message = part.row(
        "courier_messages",
        type=1,
        status=status,
        body=body,
        subject="Please verify your email address… " + person.last_name,
        recipient=person.login,
        template_type=dice.pick(("", *_TEMPLATES)),
        template_data=None if dice.chance(0.1) else mysql_json(data).encode(),
        send_count=dice.between(0, 4),
        channel=dice.pick(("email", None, "")),
    )
    for _ in range(dice.between(0, 2)):
        failed = dice.chance(0.1)
        error = {"code": 502, "reason": "dial tcp: i/o timeout", "details": {"try": 1}}
        part.row(
            "courier_message_dispatches",
            message_id=message,
            status="failed" if failed else "success",
            error=mysql_json(error) if failed else dice.pick(("null", None)),
        )


def _add_transients(part: Part, person: Person) -> None:
    dice = part.dice
    part.row(
        "continuity_containers",
        identity_id=dice.pick((None, person.identity_id)),
        name=dice.pick(("ory_kratos_oidc_auth_code_session", "ory_kratos_settings_profile")),
        payload=dice.pick((None, "null", mysql_json({"state": dice.url_safe(40), "flow_id": dice.uuid()}))),
        expires_at=dice.second(),
    )
    seen = dice.chance(0.5)
    error = {"code": 403, "status": "Forbidden", "message": "a security violation: \u00ab\u2028csrf\u00bb"}
    part.row(
        "selfservice_errors",
        errors=mysql_json(error),
        seen_at=dice.second() if seen else None,
        was_seen=seen,
        csrf_token=dice.pick(("", dice.url_safe(86) + "==")),
    )
    part.row(
        "session_token_exchanges",
        flow_id=dice.uuid(),
        session_id=dice.pick((None, "", dice.uuid())),
        init_code=dice.alphanumeric(64),
        return_to_code=dice.alphanumeric(64),
    )
