# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What an expression of TypeScript says as a text, without running it: what cannot be known becomes a hole."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import syntax
from .syntax import Source, said
from .texts import Text, at_line, hole, joined

if t.TYPE_CHECKING:
    from tree_sitter import Node

    from .files import Files

MOST: t.Final = 16
"""Of ways to fill one expression; more are one hole."""
_DEEPEST: t.Final = 12
_ESCAPES: t.Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_WRAPPINGS: t.Final = (
    "parenthesized_expression",
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "await_expression",
    "type_assertion",
)
_FUNCTIONS: t.Final = ("arrow_function", "function_expression", "function_declaration", "method_definition")
_EACH: t.Final = ("forEach", "map", "flatMap")


@dataclass(frozen=True)
class Value:
    """One text that an expression can be."""

    text: Text
    source: Source
    """The file that it is written in."""
    node: Node
    """Where it is written there: two uses of one constant are one text."""


@dataclass
class Values:
    """Says expressions; remembers which literals it has read."""

    files: Files
    used: set[tuple[str, int]] = field(default_factory=set)
    """File and id of each literal that is part of a text."""
    _holes: int = 0

    def of(self, source: Source, node: Node, depth: int = 0) -> list[Value]:
        """All texts that the expression can be."""
        if depth > _DEEPEST:
            return [self._hole(source, node)]
        if node.type in _WRAPPINGS and node.named_children:
            inner = node.named_children[-1] if node.type == "type_assertion" else node.named_children[0]
            return self.of(source, inner, depth)
        if node.type in ("string", "template_string"):
            return self._literal(source, node, depth)
        if node.type == "number":
            return [Value(at_line(said(node), syntax.line(node)), source, node)]
        found: list[Value] | None = None
        if node.type == "binary_expression" and said(node.child_by_field_name("operator")) == "+":
            found = self._sum(source, node, depth)
        elif node.type == "ternary_expression":
            found = self._either(source, node, depth)
        elif node.type == "identifier":
            found = self._named(source, node, depth)
        elif node.type == "member_expression":
            found = self._member(source, node, depth)
        elif node.type == "call_expression":
            found = self._call(source, node, depth)
        return found[:MOST] if found else [self._hole(source, node)]

    def elements(self, source: Source, node: Node, depth: int) -> list[Value] | None:
        """The texts in a list, `None` where it is not written as one."""
        while node.type in _WRAPPINGS:
            node = node.named_children[0]
        if node.type == "array":
            lists = [self.of(source, one, depth + 1) for one in node.named_children if one.type != "comment"]
            return [one for values in lists for one in values]
        if node.type == "identifier":
            found = self.definition(source, node)
            if found is None or depth > _DEEPEST:
                return None
            return self.elements(*found, depth + 1)
        if node.type == "call_expression":
            _owner, name, arguments = called(node)
            body = _body_of(arguments[0]) if name in ("map", "flatMap") and arguments else None
            return self.of(source, body, depth + 1) if body is not None else None
        return None

    def _hole(self, source: Source, node: Node) -> Value:
        self._holes += 1
        return Value(hole(said(node), syntax.line(node), self._holes), source, node)

    def _literal(self, source: Source, node: Node, depth: int) -> list[Value]:
        self.used.add((source.name, node.id))
        parts: list[Text] = []
        for one in node.named_children:
            if one.type == "string_fragment":
                parts.append(_fragment(one))
            elif one.type == "escape_sequence":
                parts.append(at_line(_unescaped(said(one)), syntax.line(one)))
            elif one.type == "template_substitution" and one.named_children:
                parts.append(self._piece(source, one.named_children[0], depth))
        return [Value(joined(parts), source, node)]

    def _sum(self, source: Source, node: Node, depth: int) -> list[Value]:
        """All parts of `a + b + c`, however many: the tree nests them to the left."""
        parts: list[Text] = []
        at: Node | None = node
        while (
            at is not None
            and at.type == "binary_expression"
            and said(at.child_by_field_name("operator")) == "+"
        ):
            right = at.child_by_field_name("right")
            if right is not None:
                parts.append(self._piece(source, right, depth))
            at = at.child_by_field_name("left")
        if at is not None:
            parts.append(self._piece(source, at, depth))
        return [Value(joined(reversed(parts)), source, node)]

    def _piece(self, source: Source, node: Node, depth: int) -> Text:
        """Part of a text. One that can be several is a hole: a statement is what is written once."""
        found = self.of(source, node, depth + 1)
        return found[0].text if len(found) == 1 else self._hole(source, node).text

    def _either(self, source: Source, node: Node, depth: int) -> list[Value]:
        ways = [node.child_by_field_name("consequence"), node.child_by_field_name("alternative")]
        return [value for way in ways if way is not None for value in self.of(source, way, depth + 1)]

    def _named(self, source: Source, node: Node, depth: int) -> list[Value] | None:
        found = self.definition(source, node)
        if found is not None:
            values = self.of(*found, depth + 1)
            return self._grown(source, node, values, depth)
        return self._of_loop(source, node, depth)

    def definition(self, source: Source, node: Node) -> tuple[Source, Node] | None:
        """Where the value of a name is written: in this function, around it, in this file, or where it is from."""
        name = said(node)
        at = node.parent
        while at is not None:
            if at.type in ("statement_block", "program", "switch_case"):
                for one in _declarators(at):
                    if said(one.child_by_field_name("name")) == name:
                        value = one.child_by_field_name("value")
                        return (source, value) if value is not None and not _assigned(at, name) else None
            if at.type in _FUNCTIONS and name in _parameters(at):
                return None
            if at.type in ("for_in_statement", "for_statement", "catch_clause") and name == said(
                at.child_by_field_name("left") or at.child_by_field_name("parameter")
            ):
                return None
            at = at.parent
        if name in source.imports:
            for path, unit in self.files.meant(source, name):
                other = self.files.source(path)
                value = other.units[unit].child_by_field_name("value")
                if value is not None:
                    return other, value
        return None

    def _grown(self, source: Source, node: Node, values: list[Value], depth: int) -> list[Value]:
        """`let sql = '…'; sql += '…'`: each piece once, in the order of the text."""
        name, at = said(node), node.parent
        while at is not None and at.type not in (*_FUNCTIONS, "program"):
            at = at.parent
        for one in syntax.walk(at) if at is not None else ():
            if (
                one.type == "augmented_assignment_expression"
                and said(one.child_by_field_name("left")) == name
                and one.end_byte <= node.start_byte
            ):
                right = one.child_by_field_name("right")
                more = self.of(source, right, depth + 1) if right is not None else []
                values = [
                    Value(joined((value.text, piece.text)), value.source, value.node)
                    for value in values
                    for piece in more
                ]
        return values

    def _of_loop(self, source: Source, node: Node, depth: int) -> list[Value] | None:
        """Each element, for the variable of a loop over a list: `for (const x of …)`, `list.forEach(x => …)`."""
        name, at = said(node), node.parent
        while at is not None:
            if at.type == "for_in_statement" and said(at.child_by_field_name("left")) == name:
                over = at.child_by_field_name("right")
                return self.elements(source, over, depth) if over is not None else None
            if at.type in _FUNCTIONS and name in _parameters(at):
                call = at.parent.parent if at.parent is not None else None
                if call is None or call.type != "call_expression" or name != _parameters(at)[0]:
                    return None
                owner, method, _arguments = called(call)
                return self.elements(source, owner, depth) if method in _EACH and owner is not None else None
            at = at.parent
        return None

    def _member(self, source: Source, node: Node, depth: int) -> list[Value] | None:
        """`this.name` of a field, `NAMES.one` of a list of names that is written down."""
        owner, name = node.child_by_field_name("object"), said(node.child_by_field_name("property"))
        if owner is None:
            return None
        if owner.type == "this":
            mine = source.unit_of(node).split(".")[0]
            for path, unit in self.files.member(source, mine, name):
                other = self.files.source(path)
                value = other.units[unit].child_by_field_name("value")
                if value is not None:
                    return self.of(other, value, depth + 1)
            return None
        found = self.definition(source, owner) if owner.type == "identifier" else None
        if found is None:
            return None
        where, value = found
        while value.type in _WRAPPINGS:
            value = value.named_children[0]
        for pair in value.named_children if value.type == "object" else ():
            inner = pair.child_by_field_name("value")
            if pair.type == "pair" and said(pair.child_by_field_name("key")).strip("'\"") == name and inner:
                return self.of(where, inner, depth + 1)
        return None

    def _call(self, source: Source, node: Node, depth: int) -> list[Value] | None:
        owner, name, arguments = called(node)
        template = node.child_by_field_name("arguments")
        if template is not None and template.type == "template_string":
            return self.of(source, template, depth + 1)
        if owner is None:
            return None
        if name in ("trim", "trimStart", "trimEnd", "toString"):
            return self.of(source, owner, depth + 1)
        if name == "join":
            parts = self.elements(source, owner, depth + 1)
            if parts:
                between = self.of(source, arguments[0], depth + 1)[0].text.sql if arguments else ","
                return [Value(joined((one.text for one in parts), between), source, node)]
        return None


def _fragment(node: Node) -> Text:
    text, line = said(node), syntax.line(node)
    lines = []
    for character in text:
        lines.append(line)
        line += character == "\n"
    return Text(text, tuple(lines))


def _unescaped(sequence: str) -> str:
    """What an escape sequence of a string stands for."""
    after = sequence[1:]
    if after[:1] in ("x", "u"):
        digits = after[1:].strip("{}")
        return chr(int(digits, 16))
    if after[:1] in ("\n", "\r"):
        return ""
    return _ESCAPES.get(after, after)


def _declarators(block: Node) -> list[Node]:
    found = []
    for one in block.named_children:
        inner = one
        if one.type == "export_statement":
            inner = one.child_by_field_name("declaration") or one
        if inner.type in ("lexical_declaration", "variable_declaration"):
            found += [child for child in inner.named_children if child.type == "variable_declarator"]
    return found


def _assigned(block: Node, name: str) -> bool:
    """Whether the name gets another value later."""
    return any(
        one.type == "assignment_expression" and said(one.child_by_field_name("left")) == name
        for one in syntax.walk(block)
    )


def _parameters(function: Node) -> list[str]:
    alone = function.child_by_field_name("parameter")
    if alone is not None:
        return [said(alone)]
    listed = function.child_by_field_name("parameters")
    names = []
    for one in listed.named_children if listed is not None else ():
        names.append(said(one.child_by_field_name("pattern") or one))
    return names


def called(call: Node) -> tuple[Node | None, str, list[Node]]:
    """Of a call the object, the name of its method, the arguments."""
    function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    listed = (
        [one for one in arguments.named_children if one.type != "comment"] if arguments is not None else []
    )
    if function is None or function.type != "member_expression":
        return None, said(function), listed
    return function.child_by_field_name("object"), said(function.child_by_field_name("property")), listed


def _body_of(function: Node) -> Node | None:
    """What a function gives back: its expression, or that of its only `return`."""
    body = function.child_by_field_name("body")
    if body is None or body.type != "statement_block":
        return body
    returns = [one for one in syntax.walk(body) if one.type == "return_statement" and one.named_children]
    return returns[0].named_children[0] if len(returns) == 1 else None


__all__ = ("MOST", "Value", "Values", "called")
