# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Take indexes, foreign keys, triggers and rules off before a load and put them back, identical."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._drivers import psycopg
from .._errors import ServerError, TargetNotReady
from . import ledger, relation
from .connection import Row, broke_off, query, transaction, translate
from .ledger import TakenOff
from .quoting import identifier, literal, qualified
from .relation import MEMBERS

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from psycopg import Connection

    from .._catalog import Table
    from .ledger import Ledger

_FOREIGN_KEYS: t.Final = f"""
WITH RECURSIVE {MEMBERS}
SELECT n.nspname, r.relname, r.relkind = 'p', c.conname, pg_get_constraintdef(c.oid),
       obj_description(c.oid, 'pg_constraint')
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE c.contype = 'f' AND c.conparentid = 0
  AND EXISTS (SELECT FROM member m WHERE m.oid IN (c.conrelid, c.confrelid))
ORDER BY 1, 2, 4"""

# Partitioned tables keep their indexes: an index on a parent is one on every partition as well.
_INDEXES: t.Final = f"""
WITH RECURSIVE {MEMBERS}
SELECT n.nspname, r.relname, x.relname, pg_get_indexdef(i.indexrelid), c.conname, c.contype,
       pg_get_constraintdef(c.oid), c.condeferrable, c.condeferred, s.spcname, i.indisclustered, i.indisreplident,
       obj_description(x.oid, 'pg_class'), obj_description(c.oid, 'pg_constraint'),
       (SELECT array_agg(ARRAY[a.attnum, a.attstattarget] ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = x.oid AND a.attstattarget >= 0),
       (SELECT array_agg(e.extname::text ORDER BY e.extname) FROM pg_depend d
        JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = x.oid AND d.deptype = 'x')
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class r ON r.oid = i.indrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
WHERE i.indrelid IN (SELECT oid FROM member) AND r.relkind = 'r' AND i.indisvalid AND NOT x.relispartition
ORDER BY r.relname, (c.contype IS DISTINCT FROM 'p'), x.relname"""

# Each partition has triggers of its own, those made of its parent's too, and each its own state. COPY fires no
# rules, but what a reset puts back it inserts.
_TRIGGERS: t.Final = f"""
WITH RECURSIVE {MEMBERS}, switched(kind, relation, name, state) AS (
  SELECT 'TRIGGER', tgrelid, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'RULE', ev_class, rulename, ev_enabled FROM pg_rewrite)
SELECT n.nspname, r.relname, s.kind, s.name, s.state
FROM switched s JOIN pg_class r ON r.oid = s.relation JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE s.relation IN (SELECT oid FROM member) AND s.state <> 'D' ORDER BY 1, 2, 3, 4"""

_ENABLE: t.Final = {"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


@dataclass(frozen=True)
class _Step:
    """One object: what the ledger keeps of it, and the statement that takes it off."""

    object: TakenOff
    drop: str


def take_off(book: Ledger, schema: str, tables: Sequence[str], *, indexes: bool = True) -> int:
    """Drop what slows a load or forbids its order, remembering each in the same transaction.

    Foreign keys first, since they hang on keys. Gives the number of objects taken off; those that
    something else depends on stay where they are, and without `indexes` all indexes do.
    """
    oids = relation.oids(book.connection, schema, tables)
    count = 0
    for kind in (_foreign_keys, *([_indexes] if indexes else []), _triggers):
        for step in kind(book.connection, oids):
            count += _drop(book, step)
    return count


def rehearse(
    connection: Connection[Row], schema: str, tables: Sequence[Table], look: Callable[[], None]
) -> None:
    """Take everything off `tables`, empty them and undo that, put everything back, `look`, and roll all of it back.

    What nobody thought of, as an event trigger, a privilege or an object that would not come back as it was, is found
    before the target is touched.

    Raises TargetNotReady: a statement fails; raises ServerError: the server does.
    """
    names = [table.name for table in tables]
    steps: list[_Step] = []
    oids = relation.oids(connection, schema, names)
    listed = ", ".join(relation.own_rows(schema, one) for one in tables)
    with transaction(connection, undo=True):
        for kind in (_foreign_keys, _indexes, _triggers):
            steps += [step for step in kind(connection, oids) if _try(connection, step)]
        # Undone at once: tables that nobody plans may refer to rows that only the load would bring again.
        with connection.transaction(force_rollback=True):
            _run(connection, "emptying the tables", f"TRUNCATE {listed}")
        for step in sorted(steps, key=lambda step: step.object.kind != "index"):
            for statement in step.object.restore:
                _run(connection, f"putting back {step.object}", statement)
        look()


def _try(connection: Connection[Row], step: _Step) -> bool:
    try:
        with connection.transaction():
            _run(connection, f"taking off {step.object}", step.drop)
    except psycopg.errors.DependentObjectsStillExist:
        return False
    return True


def _run(connection: Connection[Row], what: str, statement: str) -> None:
    try:
        connection.execute(statement.encode())
    except psycopg.errors.DependentObjectsStillExist:
        raise
    except psycopg.Error as error:
        if broke_off(error):
            raise translate(error) from error
        raise TargetNotReady(f"{what}: {translate(error)}") from error


def _foreign_keys(connection: Connection[Row], oids: list[int]) -> Iterator[_Step]:
    for position, row in enumerate(query(connection, _FOREIGN_KEYS, (oids,))):
        namespace, name, partitioned, constraint, definition, comment = row
        table = relation.named(namespace, name, partitioned)
        key = identifier(constraint)
        at_once = partitioned or definition.endswith("NOT VALID")
        restore = [f"ALTER TABLE {table} ADD CONSTRAINT {key} {definition}{'' if at_once else ' NOT VALID'}"]
        if comment:
            restore.append(
                f"COMMENT ON CONSTRAINT {key} ON {qualified(namespace, name)} IS {literal(comment)}"
            )
        if not at_once:
            restore.append(f"ALTER TABLE {table} VALIDATE CONSTRAINT {key}")
        one = TakenOff("foreign key", f"{namespace}.{name}", constraint, position, restore)
        yield _Step(one, f"ALTER TABLE {table} DROP CONSTRAINT {key}")


def _triggers(connection: Connection[Row], oids: list[int]) -> Iterator[_Step]:
    for position, row in enumerate(query(connection, _TRIGGERS, (oids,))):
        namespace, name, kind, trigger, state = row
        # ONLY, whatever the table is: from a partitioned one the state would go down to every partition.
        alter = f"ALTER TABLE ONLY {qualified(namespace, name)}"
        restore = [f"{alter} {_ENABLE[state]} {kind} {identifier(trigger)}"]
        one = TakenOff(kind.lower(), f"{namespace}.{name}", trigger, position, restore)
        yield _Step(one, f"{alter} DISABLE {kind} {identifier(trigger)}")


def _indexes(connection: Connection[Row], oids: list[int]) -> Iterator[_Step]:
    for position, row in enumerate(query(connection, _INDEXES, (oids,))):
        yield _index(row, position)


def _index(row: Row, position: int) -> _Step:
    namespace, name, index_name, definition, constraint, kind, clause, deferrable, deferred = row[:9]
    tablespace, clustered, replica, comment, constraint_comment, targets, extensions = row[9:]
    table, index = f"ALTER TABLE {relation.named(namespace, name, False)}", qualified(namespace, index_name)
    # An index is made where it stood, whatever the role's default is; "" is the database's own place.
    restore = [f"SET LOCAL default_tablespace = {literal(tablespace or '')}", definition]
    if constraint and kind == "x":
        restore[1] = f"{table} ADD CONSTRAINT {identifier(constraint)} {clause}"
    elif constraint:
        word = "PRIMARY KEY" if kind == "p" else "UNIQUE"
        wait = " DEFERRABLE" if deferrable else ""
        wait += " INITIALLY DEFERRED" if deferred else ""
        using = f"{word} USING INDEX {identifier(index_name)}{wait}"
        restore.append(f"{table} ADD CONSTRAINT {identifier(constraint)} {using}")
    restore += [f"ALTER INDEX {index} ALTER COLUMN {n} SET STATISTICS {value}" for n, value in targets or ()]
    restore += [f"ALTER INDEX {index} DEPENDS ON EXTENSION {identifier(one)}" for one in extensions or ()]
    if clustered:
        restore.append(f"{table} CLUSTER ON {identifier(index_name)}")
    if replica:
        restore.append(f"{table} REPLICA IDENTITY USING INDEX {identifier(index_name)}")
    if comment:
        restore.append(f"COMMENT ON INDEX {index} IS {literal(comment)}")
    if constraint_comment:
        on = f"{identifier(constraint)} ON {qualified(namespace, name)}"
        restore.append(f"COMMENT ON CONSTRAINT {on} IS {literal(constraint_comment)}")
    one = TakenOff("index", f"{namespace}.{name}", index_name, position, restore)
    return _Step(
        one, f"{table} DROP CONSTRAINT {identifier(constraint)}" if constraint else f"DROP INDEX {index}"
    )


def _drop(book: Ledger, step: _Step) -> bool:
    """One object, its definition and its drop in one transaction."""
    one = step.object
    try:
        with book.connection.transaction():
            ledger.remember(book, [one])
            book.connection.execute(step.drop.encode())
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


def restore_indexes(book: Ledger, table: str) -> int:
    """Build the indexes of one table and give their constraints back, each in one transaction."""
    count = 0
    for one in ledger.taken_off(book, "index"):
        if one.table == table:
            _restore(book, one, one.restore)
            count += 1
    return count


def add_foreign_keys(book: Ledger) -> int:
    """Add all foreign keys, not yet validated where that is possible."""
    count = 0
    for one in ledger.taken_off(book, "foreign key"):
        if one.state != "off":
            continue
        count += 1
        validate = one.restore[-1] if " VALIDATE CONSTRAINT " in one.restore[-1] else None
        if validate is None:
            _restore(book, one, one.restore)
            continue
        try:
            with book.connection.transaction():
                for statement in one.restore[:-1]:
                    book.connection.execute(statement.encode())
                ledger.half_done(book, one, "not validated")
        except psycopg.Error as error:
            raise _restore_error(one, error) from error
    return count


def validate_foreign_keys(book: Ledger, table: str) -> int:
    """Validate the foreign keys of one table, each in one transaction."""
    count = 0
    for one in ledger.taken_off(book, "foreign key"):
        if one.table == table and one.state == "not validated":
            _restore(book, one, one.restore[-1:])
            count += 1
    return count


def restore_triggers(book: Ledger) -> int:
    """Enable triggers and rules as they were."""
    objects = [*ledger.taken_off(book, "trigger"), *ledger.taken_off(book, "rule")]
    for one in objects:
        _restore(book, one, one.restore)
    return len(objects)


def _restore(book: Ledger, one: TakenOff, statements: Sequence[str]) -> None:
    try:
        with book.connection.transaction():
            for statement in statements if ledger.strike_off(book, one) else ():
                book.connection.execute(statement.encode())
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
    "rehearse",
    "restore_indexes",
    "restore_triggers",
    "take_off",
    "validate_foreign_keys",
)
