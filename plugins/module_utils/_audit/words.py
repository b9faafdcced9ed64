# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Words of both servers. Compared with what the servers themselves say by tests/engine/test_audit_words.py."""

from __future__ import annotations

import typing as t


def listed(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


RESERVED_IN_POSTGRESQL: t.Final = listed(
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation "
    "column concurrently constraint create cross current_catalog current_date current_role current_schema "
    "current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for "
    "foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral "
    "leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps "
    "placing primary references returning right select session_user similar some symmetric system_user table "
    "tablesample then to trailing true union unique user using variadic verbose when where window with"
)
"""Reserved, or for functions and types only: not to be had as the name of a table or a column without quotes."""

RESERVED_SINCE: t.Final[dict[str, str]] = {
    "CUBE": "8.0",
    "CUME_DIST": "8.0",
    "DENSE_RANK": "8.0",
    "EMPTY": "8.0",
    "EXCEPT": "8.0",
    "EXTERNAL": "9.7",
    "FIRST_VALUE": "8.0",
    "FUNCTION": "8.0",
    "GROUPING": "8.0",
    "GROUPS": "8.0",
    "INTERSECT": "8.0.31",
    "JSON_TABLE": "8.0",
    "LAG": "8.0",
    "LAST_VALUE": "8.0",
    "LATERAL": "8.0",
    "LEAD": "8.0",
    "LIBRARY": "9.2",
    "MANUAL": "8.4",
    "NTH_VALUE": "8.0",
    "NTILE": "8.0",
    "OF": "8.0",
    "OVER": "8.0",
    "PARALLEL": "8.4",
    "PERCENT_RANK": "8.0",
    "QUALIFY": "8.4",
    "RANK": "8.0",
    "RECURSIVE": "8.0",
    "ROW": "8.0",
    "ROWS": "8.0",
    "ROW_NUMBER": "8.0",
    "SYSTEM": "8.0",
    "TABLESAMPLE": "8.4",
    "WINDOW": "8.0",
}
"""Words that MySQL 5.7 allowed as names, with the release that reserved each, as far as 9.7."""
FREED: t.Final = frozenset({"MANUAL", "PARALLEL"})
"""Those of them that 9.7 allows again."""

SYSTEM_DATABASES: t.Final = frozenset({"information_schema", "performance_schema", "mysql", "sys"})

PORTABLE_TYPES: t.Final = listed(
    "INT INTEGER BIGINT SMALLINT DECIMAL NUMERIC DEC CHAR CHARACTER VARCHAR TEXT DATE TIME BOOL BOOLEAN JSON"
)
"""Types that both servers have under the same name."""

PORTABLE_FUNCTIONS: t.Final = listed(
    "COUNT SUM MIN MAX AVG COALESCE NULLIF LOWER UPPER CHAR_LENGTH CHARACTER_LENGTH OCTET_LENGTH BIT_LENGTH TRIM LTRIM "
    "RTRIM SUBSTRING SUBSTR REPLACE ABS ROUND CEIL CEILING FLOOR POWER SQRT EXP LN SIGN MOD GREATEST LEAST NOW "
    "CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME LOCALTIME LOCALTIMESTAMP CAST EXTRACT POSITION LPAD RPAD REVERSE "
    "LEFT RIGHT REPEAT MD5 ASCII DEGREES RADIANS PI SIN COS TAN ROW_NUMBER RANK DENSE_RANK NTILE LAG LEAD "
    "FIRST_VALUE LAST_VALUE NTH_VALUE PERCENT_RANK CUME_DIST STDDEV_POP STDDEV_SAMP VAR_POP VAR_SAMP "
    "REGEXP_REPLACE REGEXP_SUBSTR REGEXP_INSTR REGEXP_LIKE CONCAT CONCAT_WS"
)
"""Functions that both servers have under the same name."""

BEFORE_BRACKETS: t.Final = listed(
    "IN VALUES VALUE AND OR NOT ON USING EXISTS AS KEY INDEX UNIQUE CHECK REFERENCES FROM SELECT WHERE BY SET "
    "THEN ELSE WHEN INTERVAL LIKE BETWEEN OVER ANY ALL SOME DEFAULT IS UNION EXCEPT INTERSECT JOIN CASE RETURN "
    "DISTINCT HAVING LIMIT OFFSET INTO TABLE IF XOR DIV REGEXP RLIKE SEPARATOR PARTITION ADD COLUMN INSERT UPDATE "
    "ROW BINARY END AGAINST MATCH IGNORE FORCE USE LEFT RIGHT ARRAY SIGNED UNSIGNED FIELDS RECURSIVE WITH DUPLICATE "
    "WINDOW LATERAL OF HASH RANGE LIST"
)
"""Words with brackets after them that are no functions."""

__all__ = (
    "BEFORE_BRACKETS",
    "FREED",
    "PORTABLE_FUNCTIONS",
    "PORTABLE_TYPES",
    "RESERVED_IN_POSTGRESQL",
    "RESERVED_SINCE",
    "SYSTEM_DATABASES",
    "listed",
)
