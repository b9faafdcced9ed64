# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""YAML as text that is edited where the parser says that things stand.

The round-trip library finds every node and checks the result; what is not edited keeps its bytes:
indentation, quotes, comments, order and line ends. (Written out again by the library itself, a comment
above a removed entry moves to its neighbour, and every list is indented anew.)
"""

from __future__ import annotations

import re
import typing as t

from .problem import RewriteError
from .yaml_library import YAMLError, parser

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Node = t.Any  # a node of the library, which has no types of its own for them
COMMENT = re.compile(r"[ \t]*#")


class YamlText:
    """One file. Edits are collected and made all at once by `result`."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._bom = "\ufeff" if text.startswith("\ufeff") else ""
        self._crlf = "\r\n" in text and "\n" not in text.replace("\r\n", "")
        self.text = (
            text.removeprefix("\ufeff").replace("\r\n", "\n") if self._crlf else text[len(self._bom) :]
        )
        self.documents: list[Node] = [node for node in _compose(self.text, name) if node is not None]
        self.new_root: Node = self.root
        """The first document after `result`."""
        self._edits: list[tuple[int, int, str]] = []

    # -- looking around ------------------------------------------------------------------------------

    @property
    def root(self) -> Node:
        """The only document, None in an empty file."""
        return self.documents[0] if self.documents else None

    def source(self, node: Node) -> str:
        """The text of a node as it stands there."""
        return self.text[node.start_mark.index : self._end(node)]

    # -- editing -------------------------------------------------------------------------------------

    def replace(self, node: Node, new: str) -> None:
        """Put `new`, finished YAML, in the place of a node."""
        if self.source(node) != new:
            self._edits.append((node.start_mark.index, self._end(node), new))

    def replace_value(self, key: Node, value: Node, new: str) -> None:
        """Put `new`, which begins behind the colon, in the place of a value, however that was laid out."""
        colon = self.text.index(":", key.end_mark.index) + 1
        self._edits.append((colon, colon if _is_empty(value) else self._end(value), new))

    def set_scalar(self, node: Node, value: str) -> None:
        """Give a scalar another value in the quotes it has, when it can keep them."""
        if node.value != value:
            number = node.style is None and node.value.isdigit() and value.isdigit()
            self.replace(node, value if number else quoted(value, node.style))

    def remove_keys(self, mapping: Node, keys: Collection[str]) -> None:
        """Take entries out of a mapping, with the comments that belong to them."""
        doomed = [at for at, (key, _value) in enumerate(mapping.value) if key.value in keys]
        self._remove(mapping, doomed)

    def remove_items(self, sequence: Node, doomed: Collection[int]) -> None:
        """Take items out of a sequence, with the comments that belong to them."""
        self._remove(sequence, sorted(doomed))

    def add_entries(self, mapping: Node, entries: dict[str, str], after: str | None = None) -> None:
        """Put entries of finished YAML into a mapping, behind a key or at its end.

        Lines of a value behind its first are indented relative to the key.
        """
        if not entries:
            return
        keys = [key.value for key, _value in mapping.value]
        at = keys.index(after) if after in keys else len(keys) - 1
        if mapping.flow_style:
            written = ", ".join(f"{key}: {value}" for key, value in entries.items())
            self._insert_flow(mapping, at, written)
            return
        indent = " " * mapping.value[0][0].start_mark.column
        lines = [
            f"{key}:{value}" if value[:1] == "\n" else f"{key}: {value}" for key, value in entries.items()
        ]
        self._insert_below(self._spans(mapping)[at][1], [indent + line for line in lines], indent)

    def add_items(self, sequence: Node, items: list[str]) -> None:
        """Put items of finished YAML at the end of a sequence."""
        if not items:
            return
        if sequence.flow_style:
            self._insert_flow(sequence, len(sequence.value) - 1, ", ".join(items))
            return
        indent = " " * self._dash_column(sequence.value[0])
        self._insert_below(self._spans(sequence)[-1][1], [f"{indent}- {item}" for item in items], indent)

    def remove_lines(self, first: int, last: int) -> None:
        """Take whole lines out, counted from 0, both included."""
        starts = self._line_starts
        end = starts[last + 1] if last + 1 < len(starts) else len(self.text)
        self._edits.append((starts[first], end, ""))

    def result(self) -> str:
        """The text with all edits made."""
        text = self.text
        for start, end, new in reversed(self._without_nested()):
            text = text[:start] + new + text[end:]
        if self._edits:
            self.new_root = next(iter(_compose(text, self.name)), None)
        return self._bom + (text.replace("\n", "\r\n") if self._crlf else text)

    # -- inside --------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def step(self) -> int:
        """How far this file indents."""
        for document in self.documents:
            for _key, _node, value in entries(document):
                if is_mapping(value) and value.value and not value.flow_style:
                    return int(value.value[0][0].start_mark.column) or 2
        return 2

    @property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def _end(self, node: Node) -> int:
        """The index behind the last character of a node."""
        start, end = node.start_mark.index, node.end_mark.index
        if isinstance(node.value, str):
            if node.style in ("|", ">"):
                return start + len(self.text[start:end].rstrip())
            return int(end)
        if node.flow_style:
            return int(end)
        return self._spans(node)[-1][1] if node.value else int(start)

    def _spans(self, collection: Node) -> list[tuple[int, int]]:
        """Start and end of every entry or item of a collection, without the dash of an item."""
        found: list[tuple[int, int]] = []
        for child in collection.value:
            key, value = child if isinstance(child, tuple) else (child, child)
            start = key.start_mark.index
            if found and start < found[-1][1]:  # an alias as item: its node stands where its anchor is
                start = self.text.index("*", found[-1][1])
                found.append((start, start + len(_word(self.text, start))))
                continue
            end = self._end(key)
            if key is not value:
                if value.start_mark.index < end:  # an alias as value
                    star = self.text.index("*", end)
                    end = star + len(_word(self.text, star))
                else:
                    colon = self.text.index(":", end) + 1
                    end = colon if _is_empty(value) else max(colon, self._end(value))
            found.append((start, min(end, len(self.text))))
        return found

    def _dash_column(self, item: Node) -> int:
        start = self.text.rindex("\n", 0, item.start_mark.index) + 1
        return self.text.index("-", start) - start

    def _remove(self, collection: Node, doomed: list[int]) -> None:
        spans = self._spans(collection)
        kept = [at for at in range(len(spans)) if at not in doomed]
        if doomed and not kept:
            raise AssertionError("an empty collection is the caller's to remove")
        if not collection.flow_style:
            for at in doomed:
                self._remove_block(spans[at])
            return
        for at in doomed:
            following = [other for other in kept if other > at]
            if following:
                self._edits.append((spans[at][0], spans[at + 1][0], ""))
            else:
                self._edits.append((spans[kept[-1]][1], spans[doomed[-1]][1], ""))
                break

    def _remove_block(self, span: tuple[int, int]) -> None:
        """The lines of an entry, what is commented out inside it, and the comment above that tells of it."""
        lines = self.lines
        first = self.text.count("\n", 0, span[0])
        last = self.text.count("\n", 0, span[1])
        indent = _indent(lines[first])
        following = last + 1
        while (
            following < len(lines) and COMMENT.match(lines[following]) and _indent(lines[following]) > indent
        ):
            last = following
            following += 1
        above = first
        while above > 0 and COMMENT.match(lines[above - 1]) and _indent(lines[above - 1]) == indent:
            above -= 1
        if any(TELLS_OF_MYSQL.search(line) for line in lines[above:first]):
            first = above
        blank_below = following < len(lines) and not lines[following].strip()
        opens = first == 0 or not lines[first - 1].strip() or _indent(lines[first - 1]) < indent
        if opens and blank_below and following < len(lines) - 1:
            last = following
        self.remove_lines(first, last)

    def _insert_flow(self, collection: Node, at: int, written: str) -> None:
        if collection.value:
            end = self._spans(collection)[at][1]
            self._edits.append((end, end, ", " + written))
        else:
            start = collection.start_mark.index + 1
            self._edits.append((start, start, written))

    def _insert_below(self, index: int, lines: list[str], indent: str) -> None:
        """Whole lines below the one that holds `index`."""
        written = "\n".join(line.replace("\n", "\n" + indent) for line in lines)
        end = self.text.find("\n", index)
        if end < 0:
            self._edits.append((len(self.text), len(self.text), "\n" + written))
        else:
            self._edits.append((end + 1, end + 1, written + "\n"))

    def _without_nested(self) -> list[tuple[int, int, str]]:
        """The edits in order; one inside a removed region has nothing left to do."""
        removed = {(start, end) for start, end, new in self._edits if not new}
        kept: list[tuple[int, int, str]] = []
        for edit in dict.fromkeys(self._edits):
            start, end, _new = edit
            if start == end:
                if any(a < start < b for a, b in removed):
                    raise AssertionError(f"{self.name}: something is put into a removed place ({start})")
                kept.append(edit)
            elif not any(a <= start and end <= b and (a, b) != (start, end) for a, b in removed):
                kept.append(edit)
        kept.sort(key=lambda edit: (edit[0], edit[1]))
        end = 0
        for start, stop, _new in kept:
            if start < end:
                raise AssertionError(f"{self.name}: two edits of one place ({start})")
            end = stop
        return kept


TELLS_OF_MYSQL = re.compile(r"mysql|mariadb|3306", re.I)
_PLAIN = re.compile(r"[A-Za-z0-9_./$][A-Za-z0-9_./${}:@?=&%+()~-]*")
_MEANS_OTHER = re.compile(r"(?:true|false|null|yes|no|on|off|~|[-+.0-9][-+.0-9eExXoO_:]*)", re.I)


def quoted(value: str, style: str | None = None) -> str:
    """A string as a YAML scalar; `style` is the quote to prefer."""
    if style == "'" or (style is None and not _is_plain(value)):
        if "\n" not in value:
            return "'" + value.replace("'", "''") + "'"
        style = '"'
    if style == '"':
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    return value if _is_plain(value) else quoted(value, "'")


def _is_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and not _MEANS_OTHER.fullmatch(value) and not value.endswith(":")


def entries(mapping: Node) -> Iterator[tuple[str, Node, Node]]:
    """Key, key's node and value of everything that a mapping itself holds."""
    if is_mapping(mapping):
        for key, value in mapping.value:
            yield str(key.value), key, value


def find(node: Node, *path: str) -> Node:
    """The node below a path of keys, through merged mappings too; None when there is none."""
    for name in path:
        if not is_mapping(node):
            return None
        own = {key: value for key, _node, value in entries(node)}
        merged = own.get("<<")
        node = own.get(name) or (find(merged, name) if merged is not None else None)
        if node is None:
            return None
    return node


def is_mapping(node: Node) -> bool:
    return node is not None and str(node.id) == "mapping"


def is_sequence(node: Node) -> bool:
    return node is not None and str(node.id) == "sequence"


def is_scalar(node: Node) -> bool:
    return node is not None and str(node.id) == "scalar"


def scalars(node: Node) -> Iterator[Node]:
    """Every scalar value at or below a node, not the keys."""
    if is_scalar(node):
        yield node
    elif is_sequence(node):
        for item in node.value:
            yield from scalars(item)
    elif is_mapping(node):
        for _key, value in node.value:
            yield from scalars(value)


def plain(node: Node) -> t.Any:
    """What a node says: texts, lists and dictionaries."""
    if is_mapping(node):
        return {str(key.value): plain(value) for key, value in node.value}
    if is_sequence(node):
        return [plain(item) for item in node.value]
    return None if node is None else str(node.value)


def _is_empty(node: Node) -> bool:
    """An absent value; its node stands wherever the next one begins."""
    return bool(node.value == "" and node.start_mark.index == node.end_mark.index)


def _compose(text: str, name: str) -> list[Node]:
    try:
        return list(parser().compose_all(text)) if text.strip() else []
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise RewriteError(f"{name}{where} is not valid YAML: {problem}. Mend the file first.") from None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _word(text: str, start: int) -> str:
    found = re.compile(r"[^\s,\]}]+").match(text, start)
    return found[0] if found else ""


__all__ = (
    "TELLS_OF_MYSQL",
    "Node",
    "YamlText",
    "entries",
    "find",
    "is_mapping",
    "is_scalar",
    "is_sequence",
    "plain",
    "quoted",
    "scalars",
)
