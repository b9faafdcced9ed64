# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Constructs of tables, indexes and keys."""

from __future__ import annotations

import typing as t

from .finders import ADAPT, HARD, SAFE, Construct, Hit, first, row, with_comma, words_of
from .in_columns import comments
from .sql import NAME, NUMBER, Sql
from .words import listed

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_OPTIONS: t.Final = listed(
    "ROW_FORMAT KEY_BLOCK_SIZE PACK_KEYS CHECKSUM DELAY_KEY_WRITE STATS_PERSISTENT STATS_AUTO_RECALC "
    "STATS_SAMPLE_PAGES AVG_ROW_LENGTH MAX_ROWS MIN_ROWS INSERT_METHOD TABLE_CHECKSUM"
)


def _option(names: frozenset[str]) -> t.Callable[[Sql], Iterator[Hit]]:
    """An option of a table, `NAME = value`; in ALTER TABLE it may be all that the statement does."""

    def find(sql: Sql) -> Iterator[Hit]:
        for number, word in words_of(names, sql):
            last = sql.word(number + 1 + (sql.at(number + 1) == "="))
            if sql.defines and word.depth == 0 and last is not None:
                start = with_comma(sql, number)
                yield Hit(start, last.end, "" if sql.makes_table else None)

    return find


def _inline_indexes(sql: Sql) -> Iterator[Hit]:
    """INDEX and KEY in CREATE TABLE and ALTER TABLE … ADD; UNIQUE with a name that is no constraint's."""
    if not sql.defines:
        return
    for number, word in words_of({"INDEX", "KEY"}, sql):
        before = sql.at(number - 1)
        if before in ("(", ",", "ADD") or (before == "UNIQUE" and sql.at(number - 2) != "DROP"):
            begins = sql.words[number - 1] if before == "UNIQUE" else word
            yield Hit(begins.start, word.end)
    for number, word in words_of({"UNIQUE"}, sql):
        named = sql.word(number + 1)
        if (
            named is not None
            and named.names
            and named.upper not in ("INDEX", "KEY")
            and sql.at(number + 2) == "("
        ):
            yield Hit(word.start, named.end)


def _prefixes(sql: Sql) -> Iterator[Hit]:
    """`(column(10))` in the list of an index."""
    if not (sql.defines or sql.kind == "CREATE INDEX"):
        return
    for number, word in enumerate(sql.words):
        length = sql.word(number + 2)
        if not word.names or length is None or length.kind != NUMBER or sql.at(number + 1) != "(":
            continue
        listed = sql.at(number - 1) in ("(", ",") and sql.at(number + 4) in (")", ",", "ASC", "DESC")
        if sql.at(number + 3) == ")" and listed and (word.kind == NAME or word.depth > sql.makes_table):
            yield Hit(word.start, sql.words[number + 3].end)


def _usings(sql: Sql) -> Iterator[Hit]:
    for number, _word in words_of({"USING"}, sql):
        if sql.at(number + 1) in ("BTREE", "HASH") and (sql.defines or sql.kind == "CREATE INDEX"):
            yield Hit(sql.words[number - 1].end, sql.words[number + 1].end, "")


def _searched(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"FULLTEXT", "SPATIAL"}, sql):
        if sql.defines or sql.kind == "CREATE INDEX":
            yield Hit(word.start, sql.words[number + (sql.at(number + 1) in ("INDEX", "KEY"))].end)
    for _number, word in words_of({"AGAINST"}, sql):
        yield Hit(word.start, word.end)


def _renamed(sql: Sql) -> Iterator[Hit]:
    yield from first("RENAME TABLE")(sql)
    if sql.kind != "ALTER TABLE":
        return
    for number, word in words_of({"RENAME"}, sql):
        after = sql.at(number + 1)
        named = sql.word(number + 1)
        if after == "AS" or (
            named is not None and named.names and after not in ("TO", "COLUMN", "INDEX", "KEY")
        ):
            yield Hit(word.start, word.end, "RENAME TO" if after != "AS" else None)


def _online(sql: Sql) -> Iterator[Hit]:
    for number, _word in words_of({"ALGORITHM", "LOCK"}, sql):
        if sql.kind in ("ALTER TABLE", "CREATE INDEX", "DROP INDEX") and number > 1:
            last = sql.word(number + 1 + (sql.at(number + 1) == "="))
            if last is not None:
                yield Hit(with_comma(sql, number), last.end, "")


def _dropped_indexes(sql: Sql) -> Iterator[Hit]:
    if sql.kind == "DROP INDEX":
        for _number, word in words_of({"ON"}, sql):
            yield Hit(sql.words[0].start, word.end)


def _partitions(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"PARTITION"}, sql):
        if sql.defines and word.depth == 0 and (sql.at(number + 1) == "BY" or sql.kind == "ALTER TABLE"):
            yield Hit(word.start, word.end)


def _dropped_part(name: str) -> t.Callable[[Sql], Iterator[Hit]]:
    """DROP CHECK and DROP FOREIGN KEY are DROP CONSTRAINT there, with the same name."""
    return row(f"DROP {name}", instead="DROP CONSTRAINT", where=lambda sql: sql.kind == "ALTER TABLE")


def _named_foreign_keys(sql: Sql) -> Iterator[Hit]:
    for number, word in words_of({"FOREIGN"}, sql):
        named = sql.word(number + 2)
        if sql.at(number + 1) == "KEY" and named is not None and named.names and sql.at(number + 3) == "(":
            yield Hit(word.start, named.end, "FOREIGN KEY")


TABLES: t.Final = (
    Construct("engine", "ENGINE", SAFE, "Left away.", _option(frozenset({"ENGINE"})), (("engine", "*"),)),
    Construct(
        "table_option",
        "options of MySQL's storage (ROW_FORMAT and the like)",
        SAFE,
        "Left away.",
        _option(_OPTIONS),
    ),
    Construct(
        "inline_index",
        "INDEX or KEY inside CREATE TABLE or ALTER TABLE",
        ADAPT,
        "`CREATE [UNIQUE] INDEX name ON t (…)`, a statement of its own; or `CONSTRAINT name UNIQUE (…)`, which TypeORM "
        "writes for `unique: true`. Names of indexes are unique in a schema there, not in a table.",
        _inline_indexes,
    ),
    Construct(
        "prefix_index",
        "index over the beginning of a column",
        ADAPT,
        "`(left(c, 10))`, or the whole column.",
        _prefixes,
    ),
    Construct(
        "index_method", "USING BTREE, USING HASH", SAFE, "Left away: a B-tree, as InnoDB makes it.", _usings
    ),
    Construct(
        "search_index",
        "FULLTEXT, SPATIAL, MATCH … AGAINST",
        HARD,
        "An index over `to_tsvector(…)` and `@@`, or PostGIS: the queries change too.",
        _searched,
        (("isFulltext", "true"), ("isSpatial", "true")),
    ),
    Construct(
        "drop_index_on",
        "DROP INDEX … ON",
        ADAPT,
        "`DROP INDEX name`; `ALTER TABLE … DROP CONSTRAINT name` where a UNIQUE constraint made it.",
        _dropped_indexes,
    ),
    Construct(
        "alter_drop_index",
        "ALTER TABLE … DROP INDEX, DROP KEY",
        ADAPT,
        "`DROP INDEX name`; `DROP CONSTRAINT name` where a UNIQUE constraint made it.",
        row("DROP INDEX|KEY", where=lambda sql: sql.kind == "ALTER TABLE"),
    ),
    Construct(
        "drop_foreign_key", "DROP FOREIGN KEY", SAFE, "`DROP CONSTRAINT`.", _dropped_part("FOREIGN KEY")
    ),
    Construct("drop_check", "DROP CHECK", SAFE, "`DROP CONSTRAINT`.", _dropped_part("CHECK")),
    Construct(
        "drop_primary_key",
        "DROP PRIMARY KEY",
        ADAPT,
        "`DROP CONSTRAINT` with the key's name: it has one there, `<table>_pkey` or TypeORM's `PK_…`.",
        row("DROP PRIMARY KEY"),
    ),
    Construct(
        "named_foreign_key",
        "FOREIGN KEY with a name of its index",
        SAFE,
        "The name left away. PostgreSQL makes no index for a foreign key: add one where rows are deleted or joined.",
        _named_foreign_keys,
    ),
    Construct(
        "modify_column",
        "MODIFY of a column",
        ADAPT,
        "`ALTER COLUMN c TYPE …`, `SET` or `DROP NOT NULL`, `SET DEFAULT`: each says one thing.",
        row("MODIFY", where=lambda sql: sql.kind == "ALTER TABLE"),
    ),
    Construct(
        "change_column",
        "CHANGE of a column",
        ADAPT,
        "`RENAME COLUMN a TO b` where the name changes, then as for MODIFY.",
        row("CHANGE", where=lambda sql: sql.kind == "ALTER TABLE"),
    ),
    Construct(
        "rename_table", "RENAME TABLE, RENAME without TO", ADAPT, "`ALTER TABLE a RENAME TO b`.", _renamed
    ),
    Construct(
        "rename_index",
        "RENAME INDEX",
        ADAPT,
        "`ALTER INDEX a RENAME TO b`.",
        row("RENAME INDEX|KEY", where=lambda sql: sql.kind == "ALTER TABLE"),
    ),
    Construct("online_change", "ALGORITHM, LOCK of a change", SAFE, "Left away.", _online),
    Construct(
        "keys_off",
        "DISABLE KEYS, ENABLE KEYS",
        ADAPT,
        "Leave the statement away.",
        row("DISABLE|ENABLE KEYS"),
    ),
    Construct(
        "table_comment",
        "COMMENT of a table",
        ADAPT,
        "`COMMENT ON TABLE t IS '…'`, a statement of its own.",
        comments(of_table=True),
    ),
    Construct(
        "partitions",
        "partitions",
        HARD,
        "Declarative partitions have other rules for keys: decide anew.",
        _partitions,
    ),
    Construct(
        "create_like",
        "CREATE TABLE … LIKE",
        ADAPT,
        "`CREATE TABLE a (LIKE b INCLUDING ALL)`.",
        row("TABLE * LIKE", "EXISTS * LIKE", where=lambda sql: sql.makes_table),
    ),
    Construct(
        "drop_temporary", "DROP TEMPORARY TABLE", SAFE, "`DROP TABLE`.", row("DROP TEMPORARY", instead="DROP")
    ),
    Construct(
        "view_options",
        "DEFINER, ALGORITHM, SQL SECURITY of a view",
        ADAPT,
        "Leave them away; `WITH (security_invoker = true)` for SQL SECURITY INVOKER.",
        row("DEFINER =", "SQL SECURITY", "ALGORITHM =", where=lambda sql: sql.kind.endswith(" VIEW")),
    ),
)

__all__ = ("TABLES",)
