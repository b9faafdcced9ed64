# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities with their credentials, addresses, sessions and devices."""

from __future__ import annotations

from typing import Any

from tests.support.generator.dice import Dice
from tests.support.generator.json_text import mysql_json
from tests.support.generator.people import Person

from .flows import add_recovery_flow, add_verification_flow
from .part import CREDENTIAL_TYPES, Part, later

_BCRYPT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "curl/8.5.0",
    "",
)


def add_identities(part: Part) -> None:
    """Every person of this part."""
    for person in part.people:
        _add_identity(part, person)
        _add_credentials(part, person)
        verifiable, recovery = _add_addresses(part, person)
        for _ in range(part.dice.between(1, part.database.scale.sessions * 2 - 1)):
            add_session(part, person)
        _add_codes_of_recovery(part, person, recovery)
        _add_codes_of_verification(part, person, verifiable)


def _add_identity(part: Part, person: Person) -> None:
    dice = part.dice
    name = {"first": person.first_name, "last": person.last_name}
    traits: dict[str, Any] = {"email": person.login, "name": name, "accepted_terms": True}
    if dice.chance(0.4):
        traits["picture"] = "https://media.example.org/" + dice.hexadecimal(16) + "?s=96&d=mp"
    active = person.number % 29 != 7
    part.row(
        "identities",
        id=person.identity_id,
        schema_id="default",
        traits=mysql_json(traits),
        state="active" if active else "inactive",
        state_changed_at=None if active else dice.second(),
        # SQL NULL and the JSON value null are two things and both occur.
        metadata_public=dice.pick((None, "null", "{}", mysql_json({"source": "import", "batch": 7}))),
        metadata_admin=dice.pick((None, None, None, "null", mysql_json({"note": "VIP 😀"}))),
        available_aal=dice.pick((None, "aal0", "aal1", "aal2")),
    )


def _add_credentials(part: Part, person: Person) -> None:
    dice = part.dice
    with_oidc = person.number % 3 == 2 or dice.chance(0.1)
    if person.number % 3 != 2 or dice.chance(0.3):
        config = {"hashed_password": _hash(dice)} if not dice.chance(0.03) else {}
        credential = _add_credential(part, person, "password", config)
        if config:
            _add_identifier(part, credential, "password", person.login)
    if with_oidc:
        provider = dice.pick(("linkedin", "microsoft", "github"))
        subject = _subject(dice, provider)
        entry = {"subject": subject, "provider": provider, "initial_refresh_token": ""}
        entry["initial_id_token"] = dice.hexadecimal(dice.between(1000, 3000))
        entry["initial_access_token"] = dice.hexadecimal(1200) if dice.chance(0.5) else ""
        credential = _add_credential(part, person, "oidc", {"providers": [entry]})
        _add_identifier(part, credential, "oidc", f"{provider}:{subject}")
    if person.number % 10 == 4:
        config = {"totp_url": f"otpauth://totp/alkemio:{person.login}?secret={dice.alphanumeric(32).upper()}"}
        _add_identifier(part, _add_credential(part, person, "totp", config), "totp", person.identity_id)
    if person.number % 10 == 5:
        codes = [{"code": dice.alphanumeric(8).lower(), "used_at": None} for _ in range(12)]
        credential = _add_credential(part, person, "lookup_secret", {"recovery_codes": codes})
        _add_identifier(part, credential, "lookup_secret", person.identity_id)
    if person.number % 10 == 6:
        addresses = [{"channel": "email", "address": person.login}]
        credential = _add_credential(part, person, "code", {"addresses": addresses}, version=1)
        _add_identifier(part, credential, "code", person.login)


def _add_credential(part: Part, person: Person, kind: str, config: dict[str, Any], version: int = 0) -> str:
    return part.row(
        "identity_credentials",
        config=mysql_json(config),
        identity_credential_type_id=CREDENTIAL_TYPES[kind],
        identity_id=person.identity_id,
        version=version,
    )


def _add_identifier(part: Part, credential: str, kind: str, identifier: str) -> None:
    part.row(
        "identity_credential_identifiers",
        identifier=identifier,
        identity_credential_id=credential,
        identity_credential_type_id=CREDENTIAL_TYPES[kind],
    )


def _hash(dice: Dice) -> str:
    if dice.chance(0.05):
        return "$argon2id$v=19$m=131072,t=2,p=1$" + dice.alphanumeric(22) + "$" + dice.alphanumeric(43)
    return "$2a$12$" + "".join(dice.choices(_BCRYPT, k=53))


def _subject(dice: Dice, provider: str) -> str:
    if provider == "linkedin":
        return dice.url_safe(10)
    return dice.uuid() if provider == "microsoft" else str(dice.between(10000, 99999999))


def _add_addresses(part: Part, person: Person) -> tuple[str, str]:
    dice = part.dice
    status = dice.pick(("completed", "completed", "completed", "sent", "pending"))
    done = status == "completed"
    verifiable = part.row(
        "identity_verifiable_addresses",
        status=status,
        via="email",
        verified=done,
        value=person.login,
        verified_at=dice.second() if done else None,
        identity_id=person.identity_id,
    )
    # Old rows were not lower-cased.
    value = person.email if dice.chance(0.1) else person.login
    recovery = part.row(
        "identity_recovery_addresses", via="email", value=value, identity_id=person.identity_id
    )
    return verifiable, recovery


def add_session(part: Part, person: Person) -> str:
    """A session with its device."""
    dice = part.dice
    issued = dice.second()
    old = dice.chance(0.1)
    method = {"method": "password", "aal": "aal1", "completed_at": issued.replace(" ", "T") + ".123456789Z"}
    if dice.chance(0.3):
        method.update(method="oidc", provider="microsoft")
    methods = [{"method": "v0.6_legacy_session"}] if old else [method]
    session = part.row(
        "sessions",
        issued_at=issued,
        expires_at=later(issued, hours=48),
        authenticated_at=later(issued, seconds=dice.between(0, 2)),
        identity_id=person.identity_id,
        token=dice.alphanumeric(32) if old else "ory_st_" + dice.alphanumeric(32),
        logout_token=dice.alphanumeric(32) if old else "ory_lo_" + dice.alphanumeric(32),
        active=dice.pick((True, True, False, None)),
        authentication_methods=mysql_json(methods),
    )
    part.row(
        "session_devices",
        ip_address=dice.pick(("192.0.2.17", "2001:db8::8a2e:370:7334", "", None)),
        user_agent=dice.pick(_AGENTS),
        location=dice.pick(("", "Den Haag, NL", "São Paulo, BR", None)),
        session_id=session,
    )
    return session


def _add_codes_of_recovery(part: Part, person: Person, address: str) -> None:
    """A recovery in progress, by code and by link."""
    dice = part.dice
    if not dice.chance(0.3) and part.people.index(person) > 3:
        return
    flow = add_recovery_flow(part, person.identity_id)
    part.row(
        "identity_recovery_codes",
        code=dice.hexadecimal(64),
        used_at=dice.pick((None, dice.second())),
        identity_recovery_address_id=dice.pick((address, None)),
        code_type=dice.pick((1, 2)),
        selfservice_recovery_flow_id=flow,
        identity_id=person.identity_id,
    )
    part.row(
        "identity_recovery_tokens",
        token=dice.hexadecimal(64),
        used=dice.chance(0.5),
        used_at=dice.pick((None, dice.second())),
        identity_recovery_address_id=address,
        selfservice_recovery_flow_id=dice.pick((flow, None)),
        expires_at=dice.second(),
        issued_at=dice.second(),
        identity_id=person.identity_id,
        token_type=dice.pick((1, 2)),
    )


def _add_codes_of_verification(part: Part, person: Person, address: str) -> None:
    dice = part.dice
    if not dice.chance(0.5) and part.people.index(person) > 3:
        return
    flow = add_verification_flow(part, person.identity_id)
    part.row(
        "identity_verification_codes",
        code_hmac=dice.hexadecimal(64),
        used_at=dice.pick((None, dice.second())),
        identity_verifiable_address_id=dice.pick((address, None)),
        selfservice_verification_flow_id=flow,
        # The defaults of the columns: rows older than the columns have them.
        expires_at="2000-01-01 00:00:00",
        issued_at="2000-01-01 00:00:00",
    )
    part.row(
        "identity_verification_tokens",
        token=dice.hexadecimal(64),
        used=dice.chance(0.5),
        used_at=dice.pick((None, dice.second())),
        expires_at=dice.second(),
        issued_at=dice.second(),
        identity_verifiable_address_id=address,
        selfservice_verification_flow_id=flow,
    )
