# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The chain of a TypeORM project: its classes, what each says to the server, by way of which helpers."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import syntax
from .chain import Chain, Migration, leading_number, sha256
from .files import Files, Unit
from .statements import DOWN, UP, Call, Found, Statement, Unread, looks_like_sql
from .syntax import Source, said
from .values import Value, Values, called
from .words import listed

if t.TYPE_CHECKING:
    from tree_sitter import Node

STAMP: t.Final = 13
"""Digits at the end of a class's name: what TypeORM orders by."""
SCHEMA_API: t.Final = listed(
    "createDatabase dropDatabase createSchema dropSchema createTable dropTable createView dropView "
    "renameTable changeTableComment addColumn addColumns renameColumn changeColumn changeColumns "
    "dropColumn dropColumns createPrimaryKey updatePrimaryKeys dropPrimaryKey createUniqueConstraint "
    "createUniqueConstraints dropUniqueConstraint dropUniqueConstraints createCheckConstraint "
    "createCheckConstraints dropCheckConstraint dropCheckConstraints createExclusionConstraint "
    "createExclusionConstraints dropExclusionConstraint dropExclusionConstraints createForeignKey "
    "createForeignKeys dropForeignKey dropForeignKeys createIndex createIndices dropIndex dropIndices "
    "clearTable clearDatabase getTable getTables getView getViews hasTable hasColumn hasDatabase "
    "hasSchema getRepository createQueryBuilder"
)
"""Methods of TypeORM that write the SQL themselves."""
_STRINGS: t.Final = ("string", "template_string")


@dataclass
class _Held:
    """Statements and the like of one file, each with the units that hand it to a server."""

    statements: dict[tuple[str, int, str], tuple[Statement, set[str]]] = field(default_factory=dict)
    calls: list[tuple[Call, str]] = field(default_factory=list)
    unread: list[tuple[Unread, str]] = field(default_factory=list)


@dataclass
class _Reader:
    files: Files
    values: Values
    held: dict[Path, _Held] = field(default_factory=lambda: defaultdict(_Held))
    not_followed: list[tuple[str, int, str, str]] = field(default_factory=list)

    def queries(self, source: Source) -> None:
        """What a file hands to `query()`, and its calls of the schema API."""
        for node in syntax.walk(source.root):
            if node.type != "call_expression":
                continue
            owner, name, arguments = called(node)
            if owner is not None and name == "query" and arguments:
                self._query(source, node, arguments[0])
            elif owner is not None and name == "query":
                self._tagged(source, node)
            elif owner is not None and name in SCHEMA_API:
                options = tuple(self._options(source, arguments))
                call = Call(name, source.name, syntax.line(node), options)
                self.held[source.path].calls.append((call, source.unit_of(node)))
            elif owner is None and _hands_on_runner(arguments):
                self._foreign(source, node, name)

    def literals(self, source: Source) -> None:
        """Literals that begin as SQL does and that no `query()` of the chain was seen to get."""
        waiting = [source.root]
        while waiting:
            node = waiting.pop()
            if node.type in ("import_statement", "literal_type") or _is_for_people(node):
                continue
            is_text = node.type in _STRINGS or (node.type == "binary_expression" and _adds_text(node))
            if not is_text or (source.name, node.id) in self.values.used:
                waiting += reversed(node.children)
                continue
            # Reading it must not mark what is no SQL.
            before = set(self.values.used)
            value = self.values.of(source, node)[0]
            if looks_like_sql(value.text.sql):
                self._state(source, node, value)
            else:
                self.values.used.clear()
                self.values.used.update(before)
                waiting += reversed(node.children)

    def _query(self, source: Source, node: Node, argument: Node) -> None:
        for value in self.values.of(source, argument):
            if value.text.unreadable:
                unread = Unread(
                    value.text.shown().strip().removeprefix("${").removesuffix("}"),
                    source.name,
                    syntax.line(node),
                )
                self.held[source.path].unread.append((unread, source.unit_of(node)))
            elif value.text.sql.strip():
                self._state(source, node, value)

    def _tagged(self, source: Source, node: Node) -> None:
        """query`…`"""
        template = node.child_by_field_name("arguments")
        if template is not None and template.type == "template_string":
            self._query(source, node, template)

    def _state(self, source: Source, node: Node, value: Value) -> None:
        """One statement: the same literal from two places stays one."""
        held = self.held[source.path].statements
        key = (value.source.name, value.node.id, value.text.shown())
        if key not in held:
            held[key] = (Statement(value.text, value.source.name), set())
        held[key][1].add(source.unit_of(node))

    def _foreign(self, source: Source, node: Node, name: str) -> None:
        module = source.imports.get(name, ("", ""))[0]
        if module and not module.startswith("."):
            self.not_followed.append((source.name, syntax.line(node), name, module))

    def _options(self, source: Source, arguments: list[Node]) -> list[tuple[str, str, int]]:
        """Names and values of all options, of those in constants too."""
        found: list[tuple[str, str, int]] = []
        for argument in arguments:
            trees = [argument]
            for one in syntax.walk(argument):
                if one.type == "identifier":
                    definition = self.values.definition(source, one)
                    trees += [definition[1]] if definition is not None else []
            for tree in trees:
                found += _pairs(tree)
        return found


def read(folder: Path, recurse: bool) -> Chain:
    """Every migration of a folder, with the helpers that relative imports lead to."""
    files = Files(folder)
    reader = _Reader(files, Values(files))
    listed = sorted(folder.rglob("*") if recurse else folder.glob("*"))
    paths = [path for path in listed if _is_code(path) and "node_modules" not in path.parts]
    found = [one for path in paths for one in _migrations(files.source(path))]
    reached = [_reached(files, *one) for one in found]
    involved = {path: None for path in paths if any(one[0].path == path for one in found)}
    involved.update({path: None for up, down in reached for path, _unit in sorted(up | down)})
    for path in involved:
        reader.queries(files.source(path))
    for path in involved:
        reader.literals(files.source(path))
    own = {source.path for source, _owner in found}
    migrations = [
        _migration(reader, source, owner, *ways) for (source, owner), ways in zip(found, reached, strict=True)
    ]
    migrations.sort(key=lambda one: (one.order or (one.file_order or 0,), one.file))
    helpers = {files.name(path): _of_file(reader, path, reached) for path in involved if path not in own}
    return Chain(
        "typeorm",
        migrations,
        helpers,
        lost_imports=sorted(files.lost),
        not_followed=reader.not_followed,
    )


def _is_code(path: Path) -> bool:
    name = path.name
    return (
        path.suffix in syntax.ENDINGS
        and path.is_file()
        and not name.endswith((".d.ts", ".d.mts", ".d.cts"))
        and ".spec." not in name
        and ".test." not in name
    )


def _migrations(source: Source) -> list[tuple[Source, str]]:
    """The classes of a file that are migrations; a numbered file without one stands for itself."""
    owners = [name for name, node in source.classes.items() if _is_migration(source, name, node)]
    if owners:
        return [(source, name) for name in owners]
    number = leading_number(source.path.name)
    return [(source, "")] if number is not None and len(str(number)) >= STAMP - 3 else []


def _is_migration(source: Source, name: str, node: Node) -> bool:
    heritage = said(node).split("{", 1)[0]
    return (
        "MigrationInterface" in heritage
        or f"{name}.up" in source.units
        or (name[-STAMP:].isdigit() and len(name) > STAMP)
    )


def _reached(files: Files, source: Source, owner: str) -> tuple[set[Unit], set[Unit]]:
    """The units that `up` leads to, and `down`."""
    return (
        files.reached(files.member(source, owner, "up")),
        files.reached(files.member(source, owner, "down")),
    )


def _migration(reader: _Reader, source: Source, owner: str, up: set[Unit], down: set[Unit]) -> Migration:
    name = _name(source, owner)
    helper_paths = sorted({path for path, _unit in up | down if path != source.path})
    helped = Found()
    for path in helper_paths:
        _collect(reader, path, up, down, helped, only_reached=True)
    own = Found()
    _collect(reader, source.path, up, down, own, only_reached=False)
    body = source.units.get(f"{owner}.down")
    return Migration(
        file=source.name,
        name=name,
        order=(int(name[-STAMP:]),) if name[-STAMP:].isdigit() else None,
        file_order=leading_number(source.path.name),
        sha256=sha256(source.path),
        has_down=body is not None and _does_something(body),
        own=own,
        helped=helped,
        helpers=[reader.files.name(path) for path in helper_paths],
        unread_lines=syntax.broken_lines(source),
        no_sql=not owner,
    )


def _name(source: Source, owner: str) -> str:
    """As TypeORM names it: by the field `name`, else by the class."""
    field_node = source.units.get(f"{owner}.name")
    value = field_node.child_by_field_name("value") if field_node is not None else None
    return (syntax.string_of(value) if value is not None else "") or owner


def _does_something(method: Node) -> bool:
    body = method.child_by_field_name("body") or method
    return any(one.type in ("call_expression", "throw_statement") for one in syntax.walk(body))


def _collect(
    reader: _Reader, path: Path, up: set[Unit], down: set[Unit], into: Found, *, only_reached: bool
) -> None:
    """What stands in a file, with the directions that lead to it."""

    def ways(units: set[str]) -> set[str]:
        return {
            direction
            for direction, reached in ((UP, up), (DOWN, down))
            if any((path, unit) in reached for unit in units)
        }

    held = reader.held[path]
    for statement, units in held.statements.values():
        if ways(units) or not only_reached:
            into.statements.append(replace(statement, directions=ways(units)))
    for call, unit in held.calls:
        if ways({unit}) or not only_reached:
            into.calls.append(replace(call, directions=ways({unit})))
    for unread, unit in held.unread:
        if ways({unit}) or not only_reached:
            into.unread.append(replace(unread, directions=ways({unit})))


def _of_file(reader: _Reader, path: Path, reached: list[tuple[set[Unit], set[Unit]]]) -> Found:
    """All of a helper file, with the directions of whoever uses it."""
    up = {unit for one, _down in reached for unit in one}
    down = {unit for _up, one in reached for unit in one}
    found = Found()
    _collect(reader, path, up, down, found, only_reached=False)
    return found


def _hands_on_runner(arguments: list[Node]) -> bool:
    return any(one.type == "identifier" and "runner" in said(one).lower() for one in arguments)


def _is_for_people(node: Node) -> bool:
    """Arguments of `console.…()` and of `new Error()`."""
    if node.type == "call_expression":
        return said(node.child_by_field_name("function")).startswith(("console.", "this.logger", "logger."))
    return node.type == "new_expression" and said(node.child_by_field_name("constructor")).endswith("Error")


def _adds_text(node: Node) -> bool:
    return said(node.child_by_field_name("operator")) == "+" and any(
        one.type in _STRINGS for one in syntax.walk(node)
    )


def _pairs(tree: Node) -> list[tuple[str, str, int]]:
    found = []
    for one in syntax.walk(tree):
        if one.type == "pair":
            key, value = one.child_by_field_name("key"), one.child_by_field_name("value")
            if value is not None and value.type in (*_STRINGS, "true", "false", "number"):
                found.append((said(key).strip("'\""), said(value).strip("'\"`"), syntax.line(one)))
    return found


__all__ = ("SCHEMA_API", "read")
