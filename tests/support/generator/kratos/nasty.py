# SPDX-License-Identifier: GPL-3.0-or-later
"""The nasty values of Kratos' tables that must arrive, exactly or by a rule of the profile."""

from __future__ import annotations

from typing import Any

from tests.support.generator.nasty import BLOBS, JSON_ONLY, JSONS, MOMENTS, TEXTS, key

from .part import CREDENTIAL_TYPES, Part

_ASTRAL = "\U0001d4b3"
_STAMP = {"created_at": "2024-01-01 00:00:00", "updated_at": "2024-01-01 00:00:00"}
# The range of the source's TIMESTAMP, in UTC, and an hour that some zones skip.
_TIMESTAMPS = ("1970-01-01 00:00:01", "2038-01-19 03:14:07", "2024-03-31 02:30:00", "2000-01-01 00:00:00")


def add_nasty(part: Part) -> None:
    """One row each."""
    for name, text in TEXTS.items():
        _message(part, name, body=text, subject=text)
    _message(part, "longest_varchar", subject=_ASTRAL * 255, body=_ASTRAL * 16383)
    for name, blob in BLOBS.items():
        _message(part, name, template_data=blob)
    for name, text in JSONS.items():
        part.row(
            "continuity_containers", id=key(name), name=name, payload=text, expires_at="2024-01-01", **_STAMP
        )
    part.row(
        "continuity_containers", id=key("sql_null"), name="", payload=None, expires_at="2024-01-01", **_STAMP
    )
    _dispatches(part)
    _moments(part)
    _flows(part)
    _identifiers(part)


def _message(part: Part, name: str, **more: Any) -> None:
    values = {"type": 1, "status": 2, "body": "", "subject": "", "recipient": "", **_STAMP, **more}
    part.row("courier_messages", id=key(name), **values)


def _dispatches(part: Part) -> None:
    """Columns of the json type, where jsonb's narrower rules do not hold; and the ends of TIMESTAMP."""
    for name, text in {**JSONS, **JSON_ONLY}.items():
        _dispatch(part, f"{name}_dispatch", error=text)
    for moment in _TIMESTAMPS:
        _dispatch(part, f"timestamp_{moment}", created_at=moment, updated_at=moment)


def _dispatch(part: Part, name: str, **more: Any) -> None:
    values = {"message_id": key("empty"), "status": "success", **_STAMP, **more}
    part.row("courier_message_dispatches", id=key(name), **values)


def _moments(part: Part) -> None:
    for name, moment in MOMENTS.items():
        whole = moment[:19]
        part.row(
            "selfservice_errors",
            id=key(name),
            errors="{}",
            seen_at=whole,
            was_seen=True,
            created_at=whole,
            updated_at=whole,
        )


def _flows(part: Part) -> None:
    """NULL and '' where the target's rules differ from the source's."""
    identity = part.database.people[0].identity_id
    common = {"expires_at": "2024-01-01", "issued_at": "2024-01-01", "csrf_token": "", "state": "x", **_STAMP}
    urls = {"url_null": None, "url_empty": "", "url_long": "https://example.org/?q=" + _ASTRAL * 3000}
    for name, url in urls.items():
        part.row(
            "selfservice_verification_flows",
            id=key(name),
            request_url=url,
            session_id="",
            identity_id="",
            **common,
        )
    part.row(
        "selfservice_verification_flows",
        id=key("uuid_upper").upper(),
        request_url="",
        session_id=key("url_null").upper(),
        identity_id=identity.upper(),
        **common,
    )
    part.row(
        "selfservice_login_flows",
        id=key("uuid_empty"),
        request_url=None,
        active_method="",
        internal_context="null",
        oauth2_login_challenge="",
        **common,
    )


def _identifiers(part: Part) -> None:
    """Subjects that differ by case alone: the column is compared by bytes on both sides."""
    person = part.database.people[0]
    credential = part.row(
        "identity_credentials",
        id=key("case_credential"),
        config='{"providers": []}',
        identity_credential_type_id=CREDENTIAL_TYPES["webauthn"],
        identity_id=person.identity_id,
        **_STAMP,
    )
    for subject in ("linkedin:AbCdEfGhIj", "linkedin:abcdefghij", "microsoft:Ünïq"):
        part.row(
            "identity_credential_identifiers",
            id=key(f"case_{subject}"),
            identifier=subject,
            identity_credential_id=credential,
            identity_credential_type_id=CREDENTIAL_TYPES["webauthn"],
            **_STAMP,
        )
    for value in ("Mixed.Case@Example.org", "trailing.blank@example.org "):
        part.row(
            "identity_verifiable_addresses",
            id=key(f"address_{value}"),
            status="completed",
            via="email",
            verified=True,
            value=value,
            verified_at="2024-01-01 00:00:00",
            identity_id=person.identity_id,
            **_STAMP,
        )
