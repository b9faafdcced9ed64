# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Every kind of deviation between a contract and a live schema: its name, how grave it is, what deviates.

A kind is `<kind of object>_<field>`; `_missing` and `_surplus` stand for the object itself. What a field is read from
is said in `in_tables.py` and `in_database.py`; a field that is not named here cannot be read.
"""

from __future__ import annotations

import fnmatch
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Severity = t.Literal["error", "warning", "info"]

SEVERITIES: t.Final[dict[str, str]] = {
    "error": "rows that are taken or refused, values that are computed, or who sees them may differ",
    "warning": "speed, storage or administration may differ, rows and values do not",
    "info": "words for readers",
}
"""Each severity, the gravest first, and what it says."""

MISSING: t.Final = "missing"
SURPLUS: t.Final = "surplus"


class Field(t.NamedTuple):
    """How grave it is that a field differs, and what it is."""

    severity: Severity
    means: str


_OWNER: t.Final = {"owner": Field("warning", "whose it is")}
_COMMENT: t.Final = {"comment": Field("info", "its comment")}
_GRANTS: t.Final = {"grants": Field("error", "who may do what with it, where the contract holds grants")}
_STATE: t.Final = {"state": Field("error", "whether it is enabled: disabled, replica, always")}


def _there(severity: Severity = "error", surplus: Severity | None = None) -> dict[str, Field]:
    """That the object itself is there."""
    return {
        MISSING: Field(severity, "the contract has it, the schema does not"),
        SURPLUS: Field(surplus or severity, "the schema has it, the contract does not"),
    }


OBJECTS: t.Final[dict[str, dict[str, Field]]] = {
    "database": {
        "encoding": Field("error", "its encoding"),
        "collation": Field("error", "its collation, character classes, provider and locale"),
    },
    "schema": {**_there(), **_OWNER, **_COMMENT, **_GRANTS},
    "extension": {
        **_there("error", "warning"),
        "version": Field("warning", "its version"),
        "schema": Field("error", "the schema of its objects"),
    },
    "collation": {
        **_there("error", "warning"),
        "definition": Field("error", "provider, locale, rules, and whether it is deterministic"),
        **_OWNER,
        **_COMMENT,
    },
    "enum": {
        **_there("error", "warning"),
        "labels": Field("error", "its values and their order"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "composite": {
        **_there("error", "warning"),
        "attributes": Field("error", "its attributes and their types"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "range": {
        **_there("error", "warning"),
        "definition": Field("error", "subtype, operator class, collation and functions"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "domain": {
        **_there("error", "warning"),
        "type": Field("error", "the type below it"),
        "not_null": Field("error", "whether NULL is refused"),
        "default": Field("error", "its default"),
        "collation": Field("error", "its collation"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "domain_constraint": {
        **_there(),
        "definition": Field("error", "its condition"),
        "not_valid": Field("error", "whether values from before were never checked"),
        **_COMMENT,
    },
    "table": {
        **_there("error", "warning"),
        "type": Field("error", "ordinary, partitioned or foreign, and of which type or server"),
        "columns": Field("warning", "the order of its columns"),
        "persistence": Field("error", "logged, or UNLOGGED, whose rows a crash empties"),
        "partitioned_by": Field("error", "the key of its partitions"),
        "partition_of": Field("error", "the table it is a partition of, with its bound"),
        "inherits": Field("error", "the tables it inherits from"),
        "row_security": Field("error", "whether policies apply, to its owner too"),
        "key_triggers": Field(
            "error", "foreign keys whose triggers are disabled, so that they check nothing"
        ),
        "replica_identity": Field("error", "what a publication sends of the previous row"),
        "tablespace": Field("warning", "its tablespace"),
        "access_method": Field("warning", "its access method"),
        "options": Field("warning", "its storage options, those of its TOAST table too"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "column": {
        **_there(),
        "type": Field("error", "its type"),
        "not_null": Field("error", "whether NULL is refused"),
        "default": Field("error", "its default"),
        "generated": Field("error", "the expression it is generated from"),
        "identity": Field("error", "its kind of identity"),
        "collation": Field("error", "its collation"),
        "statistics": Field("warning", "its statistics target"),
        "storage": Field("warning", "how long values are stored"),
        "compression": Field("warning", "how long values are compressed"),
        "options": Field("warning", "its options"),
        **_COMMENT,
        **_GRANTS,
    },
    "constraint": {
        **_there(),
        "definition": Field("error", "columns, condition, the table referred to, actions"),
        "deferrable": Field("error", "whether and when its check is put off"),
        "not_valid": Field("error", "whether rows from before were never checked"),
        "triggers": Field("error", "triggers of a foreign key from another schema that are disabled there"),
        **_COMMENT,
    },
    "index": {
        **_there(),
        "definition": Field("error", "columns, expressions, uniqueness, predicate, method, options"),
        "validity": Field("error", "an index that queries do not use, and that may hold less than the table"),
        "part_of": Field("error", "the index of the partitioned table it belongs to"),
        "replica_identity": Field("error", "whether a publication identifies rows by it"),
        "tablespace": Field("warning", "its tablespace"),
        "statistics": Field("warning", "statistics targets of its expressions"),
        "clustered": Field("warning", "whether CLUSTER goes by it"),
        "depends_on": Field("warning", "extensions it goes away with"),
        **_COMMENT,
    },
    "statistics": {
        **_there("warning"),
        "definition": Field("warning", "its columns and kinds"),
        "target": Field("warning", "its target"),
        **_OWNER,
        **_COMMENT,
    },
    "trigger": {
        **_there(),
        "definition": Field("error", "when it fires, and which function it calls"),
        **_STATE,
        "depends_on": Field("warning", "extensions it goes away with"),
        **_COMMENT,
    },
    "rule": {**_there(), "definition": Field("error", "what it does instead, or also"), **_STATE, **_COMMENT},
    "policy": {
        **_there(),
        "definition": Field("error", "permissive or restrictive, for which command, to which roles"),
        "using": Field("error", "the rows that are seen"),
        "check": Field("error", "the rows that are taken"),
        **_COMMENT,
    },
    "view": {
        **_there("error", "warning"),
        "definition": Field("error", "its query"),
        "options": Field("error", "security_barrier, security_invoker, check_option"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "materialized_view": {
        **_there("error", "warning"),
        "definition": Field("error", "its query"),
        "tablespace": Field("warning", "its tablespace"),
        "access_method": Field("warning", "its access method"),
        "options": Field("warning", "its storage options"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "sequence": {
        **_there("error", "warning"),
        "type": Field("error", "its type"),
        "increment": Field("error", "its step"),
        "minimum": Field("error", "its least value"),
        "maximum": Field("error", "its greatest value"),
        "start": Field("error", "where a restart begins"),
        "cache": Field("warning", "values that a session takes at once"),
        "cycle": Field("error", "whether it begins again after its end"),
        "owned_by": Field("error", "the column it goes away with"),
        "persistence": Field("error", "logged, or UNLOGGED"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "function": {
        **_there("error", "warning"),
        "definition": Field("error", "arguments, result, language, options and body"),
        **_OWNER,
        **_COMMENT,
        **_GRANTS,
    },
    "event_trigger": {
        **_there(),
        "definition": Field("error", "its event, tags and function"),
        **_STATE,
        **_OWNER,
        **_COMMENT,
    },
    "publication": {
        **_there("error", "warning"),
        "definition": Field("error", "what it sends: all tables, schemas, commands, through the root"),
        **_OWNER,
        **_COMMENT,
    },
    "publication_table": {
        **_there(),
        "definition": Field("error", "the columns and rows of it that are sent"),
    },
    "default_grants": {**_there(), **_GRANTS},
}
"""Kind of object -> field -> what a deviation in it is."""


def kinds() -> Iterator[tuple[str, Field]]:
    """Every kind of deviation by its name."""
    for kind, fields in OBJECTS.items():
        for field, found in fields.items():
            yield f"{kind}_{field}", found


def matching(pattern: str) -> list[str]:
    """The kinds that `pattern` names, which may have `*` and `?` in it; none if there is no such kind."""
    return fnmatch.filter((name for name, _field in kinds()), pattern)


def severities(changed: Mapping[str, str]) -> dict[str, str]:
    """The severity of each kind: the default, or what the last of the patterns `changed` that names it gives."""
    found: dict[str, str] = {name: field.severity for name, field in kinds()}
    for pattern, severity in changed.items():
        found |= dict.fromkeys(matching(pattern), severity)
    return found


__all__ = (
    "MISSING",
    "OBJECTS",
    "SEVERITIES",
    "SURPLUS",
    "Field",
    "Severity",
    "kinds",
    "matching",
    "severities",
)
