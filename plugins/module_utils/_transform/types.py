# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Which kind of value a column holds, on either side: the two axes of the type-pair table."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .._catalog import Column

# MySQL and MariaDB: data_type of the catalog -> kind.
SOURCE_KINDS: t.Final[dict[str, str]] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint"), "integer"),
    "decimal": "decimal",
    "float": "float",
    "double": "double",
    "bit": "bit",
    "year": "year",
    "date": "date",
    "datetime": "datetime",
    "timestamp": "timestamp",
    "time": "time",
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), "text"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), "binary"),
    "enum": "enum",
    "set": "set",
    "json": "json",
    "uuid": "uuid",
    "inet4": "inet",
    "inet6": "inet",
    "vector": "vector",
    **dict.fromkeys(
        (
            "geometry",
            "point",
            "linestring",
            "polygon",
            "multipoint",
            "multilinestring",
            "multipolygon",
            "geomcollection",
            "geometrycollection",
        ),
        "geometry",
    ),
}

# PostgreSQL: type name of the catalog (a domain is its base type) -> kind.
TARGET_KINDS: t.Final[dict[str, str]] = {
    "bool": "boolean",
    **dict.fromkeys(("int2", "int4", "int8"), "integer"),
    "numeric": "numeric",
    "float4": "real",
    "float8": "double",
    **dict.fromkeys(("text", "varchar", "citext"), "text"),
    "bpchar": "char",
    "bytea": "bytea",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "jsonb",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "date": "date",
    "time": "time",
    "interval": "interval",
    "enum": "enum",
    **dict.fromkeys(("bit", "varbit"), "bit"),
    **dict.fromkeys(("inet", "cidr"), "inet"),
    **dict.fromkeys(("text[]", "varchar[]"), "text[]"),
    **dict.fromkeys(("int2[]", "int4[]", "int8[]"), "integer[]"),
    "numeric[]": "numeric[]",
    "bool[]": "boolean[]",
    "uuid[]": "uuid[]",
    "point": "point",
    "geometry": "geometry",
}

_BITS: t.Final = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
_TARGET_BYTES: t.Final = {"int2": 2, "int4": 4, "int8": 8}


def source_kind(column: Column) -> str | None:
    """The kind of a source column, `None` for a type this engine has never heard of."""
    return SOURCE_KINDS.get(column.family)


def target_kind(column: Column) -> str | None:
    """The kind of a target column, `None` for a type this engine has never heard of."""
    return TARGET_KINDS.get(column.family)


def source_type(column: Column) -> str:
    """The type of a source column as rules and messages call it: MariaDB prints its JSON as longtext."""
    return "json" if column.family == "json" else column.type


def source_range(column: Column) -> tuple[int, int]:
    """Smallest and largest integer the source column can hold."""
    bits = _BITS[column.family]
    return (0, 2**bits - 1) if column.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def target_range(column: Column) -> tuple[int, int]:
    """Smallest and largest integer the target column can hold."""
    bits = 8 * target_bytes(column)
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def target_bytes(column: Column) -> int:
    """Width of an integer column of the target, or of an array's elements, in bytes."""
    return _TARGET_BYTES[column.family.removesuffix("[]")]


__all__ = (
    "SOURCE_KINDS",
    "TARGET_KINDS",
    "source_kind",
    "source_range",
    "source_type",
    "target_bytes",
    "target_kind",
    "target_range",
)
