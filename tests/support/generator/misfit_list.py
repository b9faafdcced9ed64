# SPDX-License-Identifier: GPL-3.0-or-later
"""The misfits themselves, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .catalogs import mysql_tables
from .schema_mysql import column_definition

_NOWHERE = "deadbeef-dead-4ead-8ead-deadbeefdead"
_ZERO = "0000-00-00 00:00:00"
# What older servers let through, newer ones check.
_UNCHECKED = ("SET SESSION check_constraint_checks = 0",)
_CHECKED = ("SET SESSION check_constraint_checks = 1",)


@dataclass(frozen=True)
class Misfit:
    """One misfit.

    ``rows`` are the columns that matter, the misfit itself last. ``before`` runs first on MySQL,
    ``before_mariadb`` and ``after_mariadb`` around it on MariaDB; ``undo`` belongs to the removal.
    ``server`` names the only family member that can hold the value, where one cannot.
    """

    name: str
    profile: str
    table: str
    column: str
    kind: str
    rows: tuple[Mapping[str, Any], ...]
    key: Mapping[str, str] | None = None
    server: str = "any"
    before: tuple[str, ...] = ()
    before_mariadb: tuple[str, ...] = ()
    after_mariadb: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    undo_mariadb: tuple[str, ...] = ()


def _alkemio(name: str, place: str, kind: str, value: Any, **more: Any) -> Misfit:
    return _misfit(name, ("alkemio", *place.split(".")), kind, value, **more)


def _kratos(name: str, place: str, kind: str, value: Any, **more: Any) -> Misfit:
    return _misfit(name, ("kratos", *place.split(".")), kind, value, **more)


def _misfit(name: str, place: tuple[str, ...], kind: str, value: Any, **more: Any) -> Misfit:
    profile, table, column = place
    also = more.pop("also", {})
    return Misfit(name, profile, table, column, kind, ({column: value, **also},), **more)


def _widened(name: str, place: str, kind: str, column_type: str, value: Any) -> Misfit:
    """A value of a source whose column differs from the catalog's."""
    table, column = place.split(".")
    known = {known.name: known for known in mysql_tables("alkemio")[table].columns}
    wide = (f"ALTER TABLE `{table}` MODIFY `{column}` {column_type}",)
    back = (f"ALTER TABLE `{table}` MODIFY {column_definition(known[column])}",)
    return Misfit(
        name,
        "alkemio",
        table,
        column,
        kind,
        ({column: value},),
        before=wide,
        before_mariadb=wide,
        undo=back,
        undo_mariadb=back,
    )


# Orphans are rows whose parent is gone: restored dumps and deletes with foreign_key_checks = 0 leave them.
ALKEMIO: tuple[Misfit, ...] = (
    _alkemio("empty_post_creator", "post.createdBy", "empty_string", ""),
    _alkemio("empty_discussion_creator", "discussion.createdBy", "empty_string", ""),
    _alkemio("empty_activity_trigger", "activity.triggeredBy", "empty_string", ""),
    _alkemio(
        "non_uuid_virtual_contributor", "vc_interaction.virtualContributorID", "not_a_uuid", "chat-guidance"
    ),
    _alkemio("non_uuid_document_creator", "document.createdBy", "not_a_uuid", "admin-alkemio"),
    _alkemio("uuid_without_dashes", "credential.issuer", "not_a_uuid", _NOWHERE.replace("-", "")),
    _alkemio("uuid_with_line_end", "callout.publishedBy", "not_a_uuid", _NOWHERE[:-1] + "\n"),
    _alkemio("zero_publication", "callout.publishedDate", "zero_date", _ZERO),
    _alkemio("zero_event_start", "calendar_event.startDate", "zero_date", _ZERO),
    _alkemio("zero_created", "tagset_template_set.createdDate", "zero_date", _ZERO + ".000000"),
    _alkemio("partial_event_start", "calendar_event.startDate", "partial_date", "2024-00-15 10:00:00"),
    _alkemio("impossible_event_start", "calendar_event.startDate", "impossible_date", "2024-02-30 10:00:00"),
    _alkemio("nul_in_description", "profile.description", "nul_character", "one\x00two"),
    _alkemio("nul_in_answer", "nvp.value", "nul_character", "\x00"),
    _alkemio("boolean_two", "callout.isTemplate", "not_boolean", 2),
    _alkemio("boolean_minus_one", "role.requiresEntryRole", "not_boolean", -1),
    _alkemio("enum_index_zero", "profile.type", "not_a_label", "no-such-type"),
    _widened(
        "unknown_enum_label",
        "profile.type",
        "not_a_label",
        "varchar(64) NOT NULL",
        "innovation-library",
    ),
    _widened("too_long_answer", "nvp.value", "too_long", "varchar(1024) NOT NULL", "😀" * 513),
    _widened("number_out_of_range", "room.messagesCount", "out_of_range", "bigint NOT NULL", 2**31),
    _alkemio("damaged_whiteboard", "whiteboard.content", "damaged_zlib", "x\u009c\u00ffbroken\u0000"),
    _alkemio("wide_whiteboard", "whiteboard.content", "not_latin1", "x\u009c\u0141broken"),
    _alkemio("json_nul_in_location", "location.geoLocation", "json_nul", '{"text": "a\\u0000b"}'),
    _alkemio("orphan_policy", "profile.authorizationId", "orphan", _NOWHERE),
    _alkemio("orphan_receiver", "in_app_notification.receiverID", "orphan", _NOWHERE),
    _alkemio("orphan_templates_set", "template.templatesSetId", "orphan", _NOWHERE),
    _alkemio("orphan_parent_policy", "authorization_policy.parentAuthorizationPolicyId", "orphan", _NOWHERE),
    Misfit(
        "orphan_answer",
        "alkemio",
        "application_questions",
        "nvpId",
        "orphan",
        ({},),
        key={"applicationId": _NOWHERE, "nvpId": _NOWHERE},
    ),
)

KRATOS: tuple[Misfit, ...] = (
    _kratos("json_nul_in_traits", "identities.traits", "json_nul", '{"name": "a\\u0000b"}'),
    _kratos(
        "json_surrogate_in_payload",
        "continuity_containers.payload",
        "json_surrogate",
        '{"name": "\\udc00"}',
        server="mariadb",
        before_mariadb=_UNCHECKED,
        after_mariadb=_CHECKED,
    ),
    _kratos(
        "json_number_too_large",
        "continuity_containers.payload",
        "json_number",
        '{"number": 1e200000}',
        server="mariadb",
    ),
    _kratos("boolean_two_session", "sessions.active", "not_boolean", 2),
    _kratos(
        "token_type_zero",
        "identity_recovery_tokens.token_type",
        "check",
        0,
        also={"token": "0" * 64},
        before=(
            "ALTER TABLE identity_recovery_tokens"
            " ALTER CHECK identity_recovery_tokens_token_type_ck NOT ENFORCED",
        ),
        undo=(
            "ALTER TABLE identity_recovery_tokens"
            " ALTER CHECK identity_recovery_tokens_token_type_ck ENFORCED",
        ),
        before_mariadb=_UNCHECKED,
        after_mariadb=_CHECKED,
    ),
    _kratos("null_identifier", "identity_credential_identifiers.identifier", "null_value", None),
    _kratos("code_without_flow", "identity_login_codes.selfservice_login_flow_id", "null_value", None),
    _kratos("zero_used_at", "identity_login_codes.used_at", "zero_date", _ZERO),
    _kratos("zero_session_expiry", "sessions.expires_at", "zero_date", _ZERO),
    _kratos("non_uuid_session", "selfservice_verification_flows.session_id", "not_a_uuid", "session-one"),
    _kratos("nul_in_mail", "courier_messages.body", "nul_character", "Hi\x00there"),
    _kratos("orphan_session", "sessions.identity_id", "orphan", _NOWHERE),
    _kratos("session_without_network", "sessions.nid", "network", None),
    Misfit("second_network", "kratos", "networks", "id", "network", ({},)),
    Misfit(
        "duplicate_session_device",
        "kratos",
        "session_devices",
        "user_agent",
        "duplicate",
        ({"ip_address": "192.0.2.1", "user_agent": "twin"},) * 2,
    ),
)
