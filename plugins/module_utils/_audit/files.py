# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Files that import each other: which unit leads to which, along relative imports."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from . import syntax
from .syntax import Source, said

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

Unit = tuple[Path, str]
"""A file and the name of a unit in it."""


@dataclass
class Files:
    """All files that were read; others are read when an import leads to them."""

    root: Path
    """What their names begin at."""
    sources: dict[Path, Source] = field(default_factory=dict)
    lost: dict[tuple[str, str], int] = field(default_factory=dict)
    """Relative imports that lead nowhere: the file, the module, how often."""
    _led: dict[Unit, tuple[Unit, ...]] = field(default_factory=dict)

    def source(self, path: Path) -> Source:
        """A file, parsed once."""
        if path not in self.sources:
            self.sources[path] = syntax.read(path, self.name(path))
        return self.sources[path]

    def name(self, path: Path) -> str:
        """How the report names a file: from the folder of the chain on, with `..` for one outside of it."""
        return Path(os.path.relpath(path, self.root)).as_posix()

    def module(self, source: Source, module: str) -> Source | None:
        """The file that a relative import means; `None` for a package, or where no file is."""
        if not module.startswith("."):
            return None
        base = (source.path.parent / module).resolve()
        stem = base.with_suffix("") if base.suffix in (".js", ".mjs", ".cjs") else base
        for candidate in (
            base,
            *(base.with_name(base.name + ending) for ending in syntax.ENDINGS),
            *(stem.with_name(stem.name + ending) for ending in syntax.ENDINGS),
            *(base / f"index{ending}" for ending in syntax.ENDINGS),
        ):
            if candidate.is_file() and candidate.suffix in syntax.ENDINGS:
                return self.source(candidate)
        place = (source.name, module)
        self.lost[place] = self.lost.get(place, 0) + 1
        return None

    def given(self, source: Source, name: str, seen: frozenset[tuple[Path, str]] = frozenset()) -> list[Unit]:
        """The units that a file gives away under a name; a class gives all its members."""
        if (source.path, name) in seen:
            return []
        seen |= {(source.path, name)}
        if name == "*":
            return [(source.path, unit) for unit in source.units]
        found: list[Unit] = []
        for module, theirs, mine in source.passed_on:
            if mine not in (name, "*"):
                continue
            other = self.module(source, module) if module else source
            if other is not None:
                found += self.given(other, name if theirs == "*" else theirs, seen)
        return found or self.named(source, name)

    def named(self, source: Source, name: str) -> list[Unit]:
        """The units of a name in a file itself."""
        if name in source.units:
            return [(source.path, name)]
        return [(source.path, unit) for unit in source.units if unit.startswith(f"{name}.")]

    def meant(self, source: Source, name: str) -> list[Unit]:
        """The units that a name means where it is used in a file; none for a package's, a local one, a word."""
        if name not in source.imports:
            return self.named(source, name)
        module, theirs = source.imports[name]
        other = self.module(source, module)
        return self.given(other, theirs) if other is not None else []

    def member(self, source: Source, owner: str, name: str) -> list[Unit]:
        """A member of a class, or of the class that it extends."""
        if f"{owner}.{name}" in source.units:
            return [(source.path, f"{owner}.{name}")]
        base = syntax.base_of(source.classes[owner]) if owner in source.classes else ""
        return [unit for unit in self.meant(source, base) if unit[1].endswith(f".{name}")] if base else []

    def reached(self, starts: list[Unit]) -> set[Unit]:
        """Every unit that these lead to, with themselves."""
        seen: set[Unit] = set()
        waiting = list(starts)
        while waiting:
            unit = waiting.pop()
            if unit not in seen:
                seen.add(unit)
                waiting += self._leads(unit)
        return seen

    def _leads(self, unit: Unit) -> tuple[Unit, ...]:
        if unit not in self._led:
            source = self.source(unit[0])
            self._led[unit] = tuple(self._references(source, unit[1], source.units[unit[1]]))
        return self._led[unit]

    def _references(self, source: Source, name: str, node: Node) -> Iterator[Unit]:
        """What the unit names: a function that is handed on is as good as called."""
        own = name.split(".", maxsplit=1)[0] if "." in name else ""
        for one in syntax.walk(node):
            if one.type == "member_expression":
                owner = one.child_by_field_name("object")
                if owner is not None and owner.type == "this" and own:
                    yield from self.member(source, own, said(one.child_by_field_name("property")))
            elif one.type in ("identifier", "shorthand_property_identifier"):
                for unit in self._narrowed(source, one):
                    if unit != (source.path, name):
                        yield unit

    def _narrowed(self, source: Source, node: Node) -> list[Unit]:
        """The units that an identifier leads to: of `Class.member` and `module.function` only that one."""
        units = self.meant(source, said(node))
        parent = node.parent
        owner = parent.child_by_field_name("object") if parent is not None else None
        if parent is None or parent.type != "member_expression" or owner is None or owner.id != node.id:
            return units
        wanted = said(parent.child_by_field_name("property"))
        return [one for one in units if one[1].split(".")[-1] == wanted] or units


__all__ = ("Files", "Unit")
