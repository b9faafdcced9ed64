# SPDX-License-Identifier: GPL-3.0-or-later
"""One place where the code is broken on purpose, and the quick tests that have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutation:
    """`old` becomes `new` in `file`; `tests` are node ids below tests/, as pytest takes them."""

    name: str
    """What is broken, in a few words; unique."""
    file: str
    """Below plugins/, roles/ or playbooks/, from the checkout."""
    old: str
    """Stands in the file exactly once."""
    new: str
    tests: tuple[str, ...]
    also: tuple[tuple[str, str, str], ...] = ()
    """File, old and new of what is broken with it, where two sides have to forget the same."""

    @property
    def changes(self) -> tuple[tuple[str, str, str], ...]:
        """All changes, as file, old, new."""
        return ((self.file, self.old, self.new), *self.also)

    def problems(self, root: Path = CHECKOUT) -> list[str]:
        """Why it cannot be played, for instance since the code has changed under it."""
        found = []
        for file, old, new in self.changes:
            path = root / file
            count = path.read_text("utf-8").count(old) if path.is_file() else 0
            if count != 1:
                found.append(f"{self.name}: its text stands {count} times in {file}, not once")
            if old == new:
                found.append(f"{self.name}: it changes nothing in {file}")
        found += [
            f"{self.name}: there is no tests/{file}"
            for file in (test.partition("::")[0] for test in self.tests)
            if not (root / "tests" / file).exists()
        ]
        return found

    def apply(self, root: Path) -> None:
        """Break the copy of the checkout in `root`."""
        for file, old, new in self.changes:
            path = root / file
            path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    def undo(self, root: Path) -> None:
        """Mend the copy from the checkout."""
        for file, _old, _new in self.changes:
            (root / file).write_bytes((CHECKOUT / file).read_bytes())


@dataclass(frozen=True)
class Part:
    """A part of the house whose mutations share a word, a folder and the file with most of their tests."""

    word: str
    folder: str
    tests: str = ""

    def broken(self, name: str, file: str, old: str, new: str, *tests: str) -> Mutation:
        """One mutation of it. `file`: below the folder, without .py; `tests`: names in the file, or node ids."""
        nodes = tuple(test if "/" in test else f"{self.tests}::{test}" for test in tests)
        return Mutation(f"{self.word}: {name}", f"{self.folder}/{file}.py", old, new, nodes)
