# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Take indexes, foreign keys and triggers off before a load and put them back, identical."""

from __future__ import annotations

import typing as t

from .._drivers import psycopg
from .._errors import ServerError, TargetNotReady
from . import ledger
from .connection import Row, query, translate
from .ledger import TakenOff
from .quoting import identifier, literal, qualified

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

_FOREIGN_KEYS: t.Final = """
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), r.relkind, r.relname, n.nspname,
       obj_description(c.oid, 'pg_constraint')
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE c.contype = 'f' AND c.conparentid = 0 AND (c.conrelid = ANY(%(tables)s) OR c.confrelid = ANY(%(tables)s))
ORDER BY 1, 2"""

# Partitioned tables keep their indexes: an index on a parent is one on every partition as well.
_INDEXES: t.Final = """
SELECT r.relname, n.nspname, x.relname, pg_get_indexdef(i.indexrelid), c.conname, c.contype,
       pg_get_constraintdef(c.oid), c.condeferrable, c.condeferred, s.spcname, i.indisclustered, i.indisreplident,
       obj_description(x.oid, 'pg_class'), obj_description(c.oid, 'pg_constraint')
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class r ON r.oid = i.indrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
WHERE i.indrelid = ANY(%(tables)s) AND r.relkind = 'r' AND i.indisvalid
ORDER BY r.relname, (c.contype IS DISTINCT FROM 'p'), x.relname"""

_TRIGGERS: t.Final = """
SELECT r.relname, n.nspname, t.tgname, t.tgenabled
FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE t.tgrelid = ANY(%(tables)s) AND NOT t.tgisinternal AND t.tgenabled <> 'D' ORDER BY 1, 3"""

_ENABLE: t.Final = {"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


def table_oids(connection: Connection[Row], schema: str, tables: Sequence[str]) -> list[int]:
    """The oids of I(tables)."""
    found = query(
        connection,
        "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = ANY(%s) AND c.relkind IN ('r', 'p')",
        (schema, list(tables)),
    )
    return [row[0] for row in found]


def take_off(connection: Connection[Row], schema: str, tables: Sequence[str], *, indexes: bool = True) -> int:
    """Drop what slows a load or forbids its order, remembering each in the same transaction.

    Foreign keys first, since they hang on keys. Gives the number of objects taken off; those that
    something else depends on stay where they are, and without I(indexes) all indexes do.
    """
    oids = {"tables": table_oids(connection, schema, tables)}
    count = 0
    for position, row in enumerate(_query(connection, _FOREIGN_KEYS, oids)):
        table, name, definition, kind, relation, namespace, comment = row
        add = f"ALTER TABLE {table} ADD CONSTRAINT {identifier(name)} {definition}"
        restore = [add if kind == "p" or definition.endswith("NOT VALID") else f"{add} NOT VALID"]
        if kind != "p" and not definition.endswith("NOT VALID"):
            restore.append(f"ALTER TABLE {table} VALIDATE CONSTRAINT {identifier(name)}")
        if comment:
            restore.insert(1, f"COMMENT ON CONSTRAINT {identifier(name)} ON {table} IS {literal(comment)}")
        one = TakenOff("foreign key", f"{namespace}.{relation}", name, position, restore)
        count += _drop(connection, one, f"ALTER TABLE {table} DROP CONSTRAINT {identifier(name)}")
    for position, row in enumerate(_query(connection, _INDEXES, oids) if indexes else []):
        one, statement = _index(row, position)
        count += _drop(connection, one, statement)
    for position, row in enumerate(_query(connection, _TRIGGERS, oids)):
        relation, namespace, name, enabled = row
        table = qualified(namespace, relation)
        one = TakenOff(
            "trigger",
            f"{namespace}.{relation}",
            name,
            position,
            [f"ALTER TABLE {table} {_ENABLE[enabled]} TRIGGER {identifier(name)}"],
        )
        count += _drop(connection, one, f"ALTER TABLE {table} DISABLE TRIGGER {identifier(name)}")
    return count


def _query(connection: Connection[Row], sql: str, args: dict[str, t.Any]) -> list[Row]:
    try:
        return connection.execute(sql.encode(), args).fetchall()
    except psycopg.Error as error:
        raise translate(error) from error


def _index(row: Row, position: int) -> tuple[TakenOff, str]:
    (relation, namespace, name, definition, constraint, kind, clause) = row[:7]
    (deferrable, deferred, tablespace, clustered, replica, comment, constraint_comment) = row[7:]
    table, index = qualified(namespace, relation), qualified(namespace, name)
    restore = [definition]
    if constraint and kind == "x":
        restore = [f"ALTER TABLE {table} ADD CONSTRAINT {identifier(constraint)} {clause}"]
    elif constraint:
        word = "PRIMARY KEY" if kind == "p" else "UNIQUE"
        wait = " DEFERRABLE" if deferrable else ""
        wait += " INITIALLY DEFERRED" if deferred else ""
        restore.append(
            f"ALTER TABLE {table} ADD CONSTRAINT {identifier(constraint)} {word} USING INDEX {identifier(name)}{wait}"
        )
    if tablespace:
        restore.append(f"ALTER INDEX {index} SET TABLESPACE {identifier(tablespace)}")
    if clustered:
        restore.append(f"ALTER TABLE {table} CLUSTER ON {identifier(name)}")
    if replica:
        restore.append(f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {identifier(name)}")
    if comment:
        restore.append(f"COMMENT ON INDEX {index} IS {literal(comment)}")
    if constraint_comment:
        restore.append(
            f"COMMENT ON CONSTRAINT {identifier(constraint)} ON {table} IS {literal(constraint_comment)}"
        )
    one = TakenOff("index", f"{namespace}.{relation}", name, position, restore)
    if constraint:
        return one, f"ALTER TABLE {table} DROP CONSTRAINT {identifier(constraint)}"
    return one, f"DROP INDEX {index}"


def _drop(connection: Connection[Row], one: TakenOff, statement: str) -> bool:
    """One object, its definition and its drop in one transaction."""
    try:
        with connection.transaction():
            ledger.remember(connection, [one])
            connection.execute(statement.encode())
    except psycopg.errors.DependentObjectsStillExist:
        return False  # as a view that groups by a primary key: the load is slower, not wrong
    except psycopg.errors.LockNotAvailable as error:
        raise TargetNotReady(
            f"Another session of the target holds a lock on {one.table}. End it, then run the same command again."
        ) from error
    except psycopg.Error as error:
        raise translate(error) from error
    return True


# --- putting back -----------------------------------------------------------------------------------


def prepare_session(connection: Connection[Row]) -> None:
    """Memory for building indexes, and patience: a build may wait for another one."""
    query(connection, "SET lock_timeout = 0")
    query(
        connection,
        "SELECT set_config('maintenance_work_mem', '262144', false) "
        "WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < 268435456",
    )


def restore_indexes(connection: Connection[Row], table: str) -> int:
    """Build the indexes of one table and give their constraints back, each in one transaction."""
    count = 0
    for one in ledger.taken_off(connection, "index"):
        if one.table == table:
            _restore(connection, one, one.restore)
            count += 1
    return count


def add_foreign_keys(connection: Connection[Row]) -> int:
    """Add all foreign keys, not yet validated where that is possible."""
    count = 0
    for one in ledger.taken_off(connection, "foreign key"):
        if one.state != "off":
            continue
        count += 1
        validate = one.restore[-1] if " VALIDATE CONSTRAINT " in one.restore[-1] else None
        if validate is None:
            _restore(connection, one, one.restore)
            continue
        try:
            with connection.transaction():
                for statement in one.restore[:-1]:
                    connection.execute(statement.encode())
                ledger.half_done(connection, one, "not validated")
        except psycopg.Error as error:
            raise _restore_error(one, error) from error
    return count


def validate_foreign_keys(connection: Connection[Row], table: str) -> int:
    """Validate the foreign keys of one table, each in one transaction."""
    count = 0
    for one in ledger.taken_off(connection, "foreign key"):
        if one.table == table and one.state == "not validated":
            _restore(connection, one, one.restore[-1:])
            count += 1
    return count


def restore_triggers(connection: Connection[Row]) -> int:
    """Enable the triggers as they were."""
    objects = ledger.taken_off(connection, "trigger")
    for one in objects:
        _restore(connection, one, one.restore)
    return len(objects)


def _restore(connection: Connection[Row], one: TakenOff, statements: Sequence[str]) -> None:
    try:
        with connection.transaction():
            for statement in statements if ledger.strike_off(connection, one) else ():
                connection.execute(statement.encode())
    except psycopg.Error as error:
        raise _restore_error(one, error) from error


def _restore_error(one: TakenOff, error: psycopg.Error) -> ServerError:
    reason = str(translate(error)).rstrip(".")
    return ServerError(
        f"The {one.kind} {one.name} of {one.table} could not be put back: {reason}. It stays remembered in the "
        "ledger: correct the cause and run the same command again."
    )


__all__ = (
    "add_foreign_keys",
    "prepare_session",
    "restore_indexes",
    "restore_triggers",
    "take_off",
    "validate_foreign_keys",
)
