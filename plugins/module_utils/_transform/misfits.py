# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Classes of values that do not fit, and what may be done with each.

A policy is SQL of the source, applied before the conversion, so that dump and verification see the
same value by the same rule. `fail` is the default everywhere and is not listed.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .charsets import REPLACED
from .json_text import DEPTH


@dataclass(frozen=True)
class MisfitClass:
    """One class of misfits.

    `policies`: name -> SQL template; `{c}` is the value, `{value}` the rule's own literal,
    `{length}` the target's length; other names as in `pairs.parameters`.
    """

    name: str
    meaning: str
    policies: t.Mapping[str, str]
    remedy: str


CLASSES: t.Final[dict[str, MisfitClass]] = {}
"""Of values, by name, as profiles and the transform file spell them."""
ROWS: t.Final[dict[str, MisfitClass]] = {}
"""Of rows: what no policy of a value can decide."""


def register(name: str, meaning: str, policies: t.Mapping[str, str], remedy: str) -> MisfitClass:
    """A class of values that do not fit, known from now on; see `MisfitClass`."""
    return _known_by(CLASSES, MisfitClass(name, meaning, policies, remedy))


def _of_rows(name: str, meaning: str, remedy: str) -> MisfitClass:
    return _known_by(ROWS, MisfitClass(name, meaning, {}, remedy))


def _known_by(registry: dict[str, MisfitClass], one: MisfitClass) -> MisfitClass:
    if one.name in CLASSES or one.name in ROWS:
        raise ValueError(f"two classes of misfits are called {one.name}")
    registry[one.name] = one
    return one


def known(name: str) -> MisfitClass:
    """The class of this name, of values or of rows; raises KeyError."""
    return CLASSES[name] if name in CLASSES else ROWS[name]


_NULL: t.Final = {"null": "NULL"}
_REPLACE: t.Final = {"replace": "{value}"}

EMPTY_STRING: t.Final = register(
    "empty_string",
    "'' where the target's type has no empty value",
    {**_NULL, **_REPLACE},
    "Set the policy null (nullable targets only) or replace, or correct the rows.",
)
NOT_A_UUID: t.Final = register(
    "not_a_uuid",
    "text that is not a UUID in the form 8-4-4-4-12 hexadecimal digits, or in the same 32 digits alone",
    {**_NULL, **_REPLACE},
    "Correct the rows in the source, or set the policy null or replace.",
)
NULL_VALUE: t.Final = register(
    "null_value",
    "NULL where the target column is NOT NULL",
    _REPLACE,
    "Set the policy replace with a value, or correct the rows.",
)
NUL_CHARACTER: t.Final = register(
    "nul_character",
    "text with the character U+0000, which PostgreSQL cannot store",
    {
        **_NULL,
        "strip": "REPLACE({c}, CHAR(0 USING utf8mb4), '')",
        "replace": "REPLACE({c}, CHAR(0 USING utf8mb4), {value})",
    },
    "Set the policy strip or replace, load the column into bytea, or correct the rows.",
)
TOO_LONG: t.Final = register(
    "too_long",
    "more characters than the target column takes",
    {**_NULL, "truncate": "LEFT(CONVERT({c} USING utf8mb4), {length})"},
    "Widen the target column, set the policy truncate, or correct the rows.",
)
TRAILING_BLANKS: t.Final = register(
    "trailing_blanks",
    "text that ends in blanks, which char(n) fills up with and does not keep apart",
    {"strip": "TRIM(TRAILING ' ' FROM {c})"},
    "Let the target be varchar(n) or text, or set the policy strip.",
)
OUT_OF_RANGE: t.Final = register(
    "out_of_range",
    "a number outside the range of the target type",
    {**_NULL, **_REPLACE},
    "Widen the target column, set a policy, or correct the rows.",
)
NOT_BOOLEAN: t.Final = register(
    "not_boolean",
    "where the target is boolean, a number other than 0 and 1, or a text other than t, true, y, yes, on, 1, f, false, "
    "n, no, off, 0 (in letters of either case)",
    {**_NULL, "true": "1"},
    "Set the policy true (every such value becomes true) or null, let the target keep the value in a type of its own, "
    "or correct the rows.",
)
ZERO_DATE: t.Final = register(
    "zero_date",
    "the date 0000-00-00",
    {**_NULL, **_REPLACE},
    "Set the policy null or replace with a date.",
)
PARTIAL_DATE: t.Final = register(
    "partial_date",
    "a date with month or day 0, or of year 0",
    {**_NULL, **_REPLACE},
    "Set the policy null or replace with a date, or correct the rows.",
)
IMPOSSIBLE_DATE: t.Final = register(
    "impossible_date",
    "a date that is in no calendar, as 2024-02-30",
    {**_NULL, **_REPLACE},
    "Set the policy null or replace with a date, or correct the rows.",
)
NOT_A_LABEL: t.Final = register(
    "not_a_label",
    "a value that is not a label of the target's enum type, the invalid value '' with index 0 included",
    {**_NULL, **_REPLACE},
    "Add the label to the target's type, set the policy null or replace, or correct the rows.",
)
INVALID_JSON: t.Final = register(
    "invalid_json",
    "text that is not JSON",
    {**_NULL, **_REPLACE},
    "Set the policy null or replace, or correct the rows.",
)
BEYOND_PACKET: t.Final = register(
    "beyond_packet",
    "a JSON document larger than the source's max_allowed_packet, which MySQL then hands out as an empty text",
    {},
    "Raise max_allowed_packet on the source above the size of the largest document.",
)
# --- JSON: the document is read and its policies are done on it, see `json_rules`; of their SQL nothing runs --------

JSON_NUL: t.Final = register(
    "json_nul",
    "JSON with \\u0000 in a string or a key, which jsonb refuses",
    {**_NULL, "strip": "{c}", **_REPLACE},
    "Let the target keep the column as json, set the policy strip (the escape is taken out), replace (a text stands "
    "for it) or null (the whole document), or correct the rows.",
)
JSON_KEYS: t.Final = register(
    "json_keys",
    "JSON with two keys in one object that become one by the policy of json_nul",
    {**_NULL},
    "Give the policy of json_nul another text to replace by, set the policy null, or correct the rows.",
)
JSON_SURROGATE: t.Final = register(
    "json_surrogate",
    "JSON with half a surrogate pair in a string, which jsonb refuses",
    {**_NULL},
    "Let the target keep the column as json, set the policy null, or correct the rows.",
)
JSON_DIALECT: t.Final = register(
    "json_dialect",
    "JSON that MariaDB takes and PostgreSQL refuses: a number as 1. or an escape as \\x",
    {**_NULL},
    "Set the policy null, load the column into text, or correct the rows.",
)
JSON_NUMBER: t.Final = register(
    "json_number",
    "JSON with a number beyond those of jsonb: above 10^131072, or with more than 16383 digits behind the point",
    {**_NULL},
    "Let the target keep the column as json, set the policy null, or correct the rows.",
)
JSON_DEPTH: t.Final = register(
    "json_depth",
    f"JSON with more than {DEPTH} arrays and objects in each other, which PostgreSQL's stack may not hold",
    {**_NULL},
    "Load the column into text, set the policy null, or correct the rows.",
)
INVALID_BYTES: t.Final = register(
    "invalid_bytes",
    "bytes that are not a character of the column's character set (in UTF-8, halves of surrogate pairs included)",
    {**_NULL, "replace": REPLACED},
    "Set the policy replace ('?' for each such byte; of other sets than UTF-8 what the source itself shows) or null, "
    "load a column of UTF-8 into bytea, or correct the rows.",
)
BROKEN_CHARACTERS: t.Final = register(
    "broken_characters",
    "text that ends or breaks inside a character of its character set (half of a surrogate pair, a cut character): the "
    "source's own conversion would leave out bytes or what follows",
    {**_NULL},
    "Set the policy null, or correct the rows.",
)
DOUBLE_ENCODED: t.Final = register(
    "double_encoded",
    "text of a single-byte character set whose bytes are valid UTF-8: probably stored over the wrong connection",
    {"keep": "{c}", "reinterpret": "CONVERT(CAST({raw} AS BINARY) USING utf8mb4)"},
    "Look at the examples: set the policy reinterpret if they are UTF-8, keep if they are meant as they are.",
)
FRACTION_LOST: t.Final = register(
    "fraction_lost",
    "more digits of the fraction than the target column keeps",
    {"truncate": "{truncated}", "round": "{rounded}"},
    "Widen the target column, or set the policy truncate or round.",
)
TIME_LOST: t.Final = register(
    "time_lost",
    "a time of day where the target is a date",
    {"truncate": "DATE({c})"},
    "Let the target be a timestamp, or set the policy truncate.",
)
NOT_A_TIME_OF_DAY: t.Final = register(
    "not_a_time_of_day",
    "a negative time or one beyond 24:00:00",
    {**_NULL, **_REPLACE},
    "Let the target be an interval, set the policy null or replace, or correct the rows.",
)
NOT_AN_ADDRESS: t.Final = register(
    "not_an_address",
    "text that is not an IPv4 or IPv6 address",
    {**_NULL, **_REPLACE},
    "Set the policy null or replace, or correct the rows.",
)
WRONG_LENGTH: t.Final = register(
    "wrong_length",
    "bytes of another number than a UUID's 16, or than an address's 4 or 16",
    {**_NULL},
    "Set the policy null, load the column into bytea, or correct the rows.",
)
INEXACT: t.Final = register(
    "inexact",
    "a number that the target's floating point type cannot hold exactly",
    {"round": "{nearest}"},
    "Let the target be numeric (or double precision, if it is real), or set the policy round.",
)
NOT_AN_ARRAY: t.Final = register(
    "not_an_array",
    "JSON other than an array where the target is one",
    {**_NULL, **_REPLACE},
    "Set the policy null or replace with a JSON array, or correct the rows.",
)
ARRAY_ELEMENT: t.Final = register(
    "array_element",
    "a JSON array with an element that the target's cannot be: null, of another kind, too long or out of range",
    {**_NULL, **_REPLACE},
    "Set the policy null or replace with a JSON array, let the target keep the column as jsonb, or correct the rows.",
)
SRID_LOST: t.Final = register(
    "srid_lost",
    "a point of a spatial reference system (SRID), which PostgreSQL's own point does not keep",
    {"drop": "{c}"},
    "Set the policy drop (the coordinates arrive alone), or let the target be bytea or PostGIS' geometry.",
)

EXPRESSION: t.Final = register(
    "expression",
    "values that a rule's expression replaces",
    {"expression": "{c}"},
    "A rule decides this class by itself.",
)
REINTERPRET: t.Final = register(
    "reinterpret",
    "text that a rule reads in another character set than the column's",
    {"reinterpret": "{c}"},
    "A rule decides this class by itself.",
)

# --- rows that the target's constraints would refuse, or that no query of the source can judge: no policy helps -----

_of_rows(
    "check",
    "rows that a CHECK of the target would refuse",
    "Correct the rows in the source, or give the column an expression rule.",
)
_of_rows(
    "no_partition",
    "rows that no partition of the target takes",
    "Make the partition that is missing, or a default partition, on the target, or leave the rows out by a where rule.",
)
_of_rows(
    "row_too_big",
    "rows that are larger than a page of the target, whatever it moves out of them",
    "Split the table, or drop columns by a rule: 8,160 bytes have to hold the row, where a long value takes 18.",
)
_of_rows(
    "duplicate",
    "rows that are equal under a unique key of the target",
    "Correct the rows in the source: the target's unique key would refuse them.",
)
_of_rows(
    "refused_in_trial",
    "rows that the target refused when they were tried on a copy of its definition",
    "Correct the rows in the source, change them by an expression rule, or leave them out by a where rule.",
)
_of_rows(
    "orphan",
    "a reference to a row that does not exist",
    "Correct the rows in the source, or leave them out by a where rule: the target's key would refuse them.",
)
_of_rows(
    "orphan_kept",
    "a reference to a row that does not exist, under a foreign key that is NOT VALID on the target: the rows are "
    "loaded as they are and the key comes back NOT VALID",
    "Nothing has to be done. To have them refused, validate the key on the target before the inspection.",
)
_of_rows(
    "sequence",
    "a sequence of the target that cannot go on past the source's values",
    "Widen the sequence or the column on the target, then inspect and transform again.",
)

__all__ = (
    "ARRAY_ELEMENT",
    "BEYOND_PACKET",
    "BROKEN_CHARACTERS",
    "CLASSES",
    "DOUBLE_ENCODED",
    "EMPTY_STRING",
    "EXPRESSION",
    "FRACTION_LOST",
    "IMPOSSIBLE_DATE",
    "INEXACT",
    "INVALID_BYTES",
    "INVALID_JSON",
    "JSON_DEPTH",
    "JSON_DIALECT",
    "JSON_KEYS",
    "JSON_NUL",
    "JSON_NUMBER",
    "JSON_SURROGATE",
    "NOT_AN_ADDRESS",
    "NOT_AN_ARRAY",
    "NOT_A_LABEL",
    "NOT_A_TIME_OF_DAY",
    "NOT_A_UUID",
    "NOT_BOOLEAN",
    "NULL_VALUE",
    "NUL_CHARACTER",
    "OUT_OF_RANGE",
    "PARTIAL_DATE",
    "REINTERPRET",
    "SRID_LOST",
    "TIME_LOST",
    "TOO_LONG",
    "TRAILING_BLANKS",
    "WRONG_LENGTH",
    "ZERO_DATE",
    "MisfitClass",
    "known",
    "register",
)
