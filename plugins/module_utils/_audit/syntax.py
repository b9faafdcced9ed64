# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A file of TypeScript or JavaScript as a tree: its units, its classes, what it imports and gives away.

A unit is what a name at the top of the file stands for (a function, a constant) or one member of a class
(`Class.member`). Directions and helpers are followed from unit to unit.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .parsers import tree_sitter, tree_sitter_typescript

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Parser

ENDINGS: t.Final = (".ts", ".js", ".mts", ".mjs", ".cts", ".cjs")
_DECLARATIONS: t.Final = ("lexical_declaration", "variable_declaration")
_CLASSES: t.Final = ("class_declaration", "class", "abstract_class_declaration")
_MEMBERS: t.Final = ("method_definition", "public_field_definition", "field_definition")


@dataclass
class Source:
    """One file, parsed."""

    path: Path
    name: str
    """As people and the report name it."""
    root: Node
    units: dict[str, Node] = field(default_factory=dict)
    classes: dict[str, Node] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By local name the module and the name there; `*` for all of it, `default` for what it is mainly."""
    passed_on: list[tuple[str, str, str]] = field(default_factory=list)
    """Of another module's: the module, the name there (or `*`), the name that this file gives it."""
    owners: dict[int, str] = field(default_factory=dict)
    """By the id of a unit's node its name."""

    def unit_of(self, node: Node) -> str:
        """The unit that a node stands in, empty for the file's own statements."""
        at: Node | None = node
        while at is not None:
            if at.id in self.owners:
                return self.owners[at.id]
            at = at.parent
        return ""


@cache
def _parser() -> Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_typescript.language_typescript()))


def read(path: Path, name: str) -> Source:
    """Parse a file. JavaScript is read by the grammar of TypeScript, which has all of it."""
    source = Source(path, name, _parser().parse(path.read_bytes()).root_node)
    for node in source.root.named_children:
        _top(source, node)
    for node in walk(source.root):
        if node.type in _CLASSES and node.id not in {one.id for one in source.classes.values()}:
            _class(source, node)
        elif node.type == "call_expression" and said(node.child_by_field_name("function")) == "require":
            _require(source, node)
    return source


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, in the order of the text."""
    waiting = [node]
    while waiting:
        at = waiting.pop()
        yield at
        waiting += reversed(at.children)


def said(node: Node | None) -> str:
    """The text of a node."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def line(node: Node) -> int:
    """The line it begins on, counted from 1."""
    return node.start_point[0] + 1


def broken_lines(source: Source) -> list[int]:
    """Where the file cannot be read as TypeScript."""
    if not source.root.has_error:
        return []
    return sorted({line(node) for node in walk(source.root) if node.is_error or node.is_missing})


def is_empty(source: Source) -> bool:
    """Whether there is nothing in the file but comments."""
    return all(node.type == "comment" for node in source.root.named_children)


def _top(source: Source, node: Node) -> None:
    """One statement of the file's own."""
    if node.type == "import_statement":
        _import(source, node)
    elif node.type == "export_statement":
        _export(source, node)
    elif node.type in ("function_declaration", "generator_function_declaration"):
        _unit(source, said(node.child_by_field_name("name")), node)
    elif node.type in _DECLARATIONS:
        for one in node.named_children:
            if one.type == "variable_declarator":
                _unit(source, said(one.child_by_field_name("name")), one)
    elif node.type in _CLASSES:
        _class(source, node)
    elif node.type == "expression_statement":
        _assignment(source, node.named_children[0] if node.named_children else None)


def _unit(source: Source, name: str, node: Node) -> None:
    source.units[name] = node
    source.owners[node.id] = name


def _assignment(source: Source, node: Node | None) -> None:
    """`exports.name = …` and `module.exports = …`."""
    if node is None or node.type != "assignment_expression":
        return
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or left.type != "member_expression":
        return
    owner, name = said(left.child_by_field_name("object")), said(left.child_by_field_name("property"))
    if owner in ("exports", "module.exports") and right.type not in _CLASSES:
        _unit(source, name, right)


def _class(source: Source, node: Node) -> None:
    name = said(node.child_by_field_name("name")) or "default"
    source.classes[name] = node
    body = node.child_by_field_name("body")
    for member in body.named_children if body is not None else ():
        if member.type in _MEMBERS:
            _unit(
                source, f"{name}.{said(member.child_by_field_name('name') or member.named_child(0))}", member
            )


def _import(source: Source, node: Node) -> None:
    module = string_of(node.child_by_field_name("source"))
    for one in walk(node):
        if one.type == "import_specifier":
            theirs = said(one.child_by_field_name("name"))
            source.imports[said(one.child_by_field_name("alias")) or theirs] = (module, theirs)
        elif one.type == "namespace_import":
            source.imports[said(one.named_child(0))] = (module, "*")
        elif one.type == "identifier" and one.parent is not None and one.parent.type == "import_clause":
            source.imports[said(one)] = (module, "default")


def _export(source: Source, node: Node) -> None:
    origin = node.child_by_field_name("source")
    specifiers = [one for one in walk(node) if one.type == "export_specifier"]
    if origin is not None:
        module = string_of(origin)
        for one in specifiers:
            theirs = said(one.child_by_field_name("name"))
            source.passed_on.append((module, theirs, said(one.child_by_field_name("alias")) or theirs))
        if not specifiers:
            source.passed_on.append((module, "*", "*"))
        return
    for one in specifiers:
        mine, given = said(one.child_by_field_name("name")), said(one.child_by_field_name("alias"))
        if given:
            source.passed_on.append(("", mine, given))
    is_default = any(child.type == "default" for child in node.children)
    for one in node.named_children:
        before = set(source.units) | set(source.classes)
        if is_default and one.type in ("arrow_function", "function_expression", "function_declaration"):
            _unit(source, "default", one)
            continue
        _top(source, one)
        for name in (set(source.units) | set(source.classes)) - before if is_default else ():
            source.passed_on.append(("", name, "default"))
        if is_default and one.type == "identifier":
            source.passed_on.append(("", said(one), "default"))


def _require(source: Source, node: Node) -> None:
    """`const { a, b: c } = require('./x')`, `const x = require('./x')`."""
    arguments, parent = node.child_by_field_name("arguments"), node.parent
    module = string_of(arguments.named_child(0)) if arguments is not None else ""
    if not module or parent is None or parent.type != "variable_declarator":
        return
    name = parent.child_by_field_name("name")
    if name is not None and name.type == "identifier":
        source.imports[said(name)] = (module, "*")
        source.units.pop(said(name), None)
    for one in name.named_children if name is not None else ():
        if one.type == "shorthand_property_identifier_pattern":
            source.imports[said(one)] = (module, said(one))
        elif one.type == "pair_pattern":
            source.imports[said(one.child_by_field_name("value"))] = (
                module,
                said(one.child_by_field_name("key")),
            )


def string_of(node: Node | None) -> str:
    """What a plain string says, empty for anything else."""
    if node is None or node.type != "string":
        return ""
    return "".join(said(one) for one in node.named_children if one.type == "string_fragment")


def base_of(node: Node) -> str:
    """The class that a class extends, empty without one."""
    for one in walk(node):
        if one.type == "class_body":
            break
        if one.type == "extends_clause":
            return said(one.child_by_field_name("value") or one.named_child(0))
    return ""


__all__ = (
    "ENDINGS",
    "Source",
    "base_of",
    "broken_lines",
    "is_empty",
    "line",
    "read",
    "said",
    "string_of",
    "walk",
)
