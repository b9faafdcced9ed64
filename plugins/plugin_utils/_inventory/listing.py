# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What a check of an inventory finds, as one structure, and the list of it for people."""

from __future__ import annotations

import textwrap
import typing as t
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

Section = t.Literal["groups", "variables", "hosts", "servers", "services"]
Weight = t.Literal["stops", "beside", "unasked"]
TITLES: t.Final[dict[Section, str]] = {
    "groups": "Groups and hosts",
    "variables": "Variables",
    "hosts": "Files and programs on the hosts",
    "servers": "Database servers",
    "services": "Services, and what has to answer",
}
"""In the order in which they are listed."""
_WIDTH: t.Final = 110


@dataclass(frozen=True)
class Finding:
    """One thing. `stops`: it would stop a run or let it do nothing; `beside`: it should be put right;
    `unasked`: something could not be asked, so that nothing is known about it."""

    section: Section
    variable: str
    """The variable to look at, with the place in it, or several; empty where it is about none."""
    found: str
    """What is there, as a clause or a sentence without its end."""
    why: str = ""
    """Why it matters."""
    remedy: str = ""
    """What to do."""
    weight: Weight = "stops"
    hosts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it."""
        where = f" ({', '.join(self.hosts)})" if self.hosts else ""
        head = f"{self.variable}{where}: " if self.variable else f"{', '.join(self.hosts)}: " if where else ""
        return " ".join(
            [head + _ended(self.found), *(_ended(part) for part in (self.why, self.remedy) if part)]
        )


def _ended(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


@dataclass
class Listing:
    """All findings of one check; what is found on several hosts stands once."""

    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, found: Iterable[Mapping[str, t.Any]]) -> Listing:
        """From the dictionaries that tasks and modules hand on, each with its `host` where it has one.

        The same thing found on several hosts stands once; so does what several variables name on a host, such as one
        file, with the reason of the first.
        """
        same: dict[tuple[str, ...], dict[str, t.Any]] = {}
        for one in found:
            same_as = ("section", "found", "remedy", *(() if one["section"] == "hosts" else ("why",)))
            what = tuple(str(one.get(name) or "") for name in same_as)
            first = same.setdefault(
                (*what, str(one.get("weight") or "stops")), {**one, "variables": {}, "hosts": {}}
            )
            first["variables"][one.get("variable") or ""] = None
            first["hosts"].update({str(one["host"]): None} if one.get("host") else {})
        return cls(
            [
                Finding(
                    section=one["section"],
                    variable=", ".join(name for name in one["variables"] if name),
                    found=one["found"],
                    why=one.get("why") or "",
                    remedy=one.get("remedy") or "",
                    weight=one.get("weight") or "stops",
                    hosts=tuple(sorted(one["hosts"])),
                )
                for one in same.values()
            ]
        )

    def of_weight(self, weight: Weight) -> list[Finding]:
        """By section, in the order of finding."""
        return [
            one
            for section in TITLES
            for one in self.findings
            if one.section == section and one.weight == weight
        ]

    @property
    def stops(self) -> int:
        """How many things would stop a run."""
        return len(self.of_weight("stops"))

    def to_json(self) -> dict[str, t.Any]:
        """The content of the file."""
        return {
            "stops": self.stops,
            "findings": [
                {**asdict(one), "hosts": list(one.hosts), "text": one.text}
                for weight in t.get_args(Weight)
                for one in self.of_weight(weight)
            ],
        }


def closing(listing: Listing) -> str:
    """One line."""
    beside, unasked = listing.of_weight("beside"), listing.of_weight("unasked")
    parts = [f"{_things(listing.stops)} in this inventory would stop a run"] if listing.stops else []
    parts += [f"{_things(len(beside))} should be put right"] if beside else []
    parts += [f"{_things(len(unasked))} could not be asked"] if unasked else []
    return f"{', '.join(parts) or 'Nothing in this inventory would stop a run'}."


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"


def lines(listing: Listing, where: str = "") -> list[str]:
    """The list for a terminal. `where`: the file with the list, empty where none was written."""
    found: list[str] = []
    stops = listing.of_weight("stops")
    for section, title in TITLES.items():
        texts = [one.text for one in stops if one.section == section]
        found += ["", f"{title} ({len(texts)})"] if texts else []
        for number, text in enumerate(texts, 1):
            found += _wrapped(text, f"{number:3}. ")
    found += _dashed("Should be put right", listing.of_weight("beside"))
    found += _dashed("Not asked", listing.of_weight("unasked"))
    found += ["", closing(listing)]
    return [*found, f"This list: {where}"] if where else found


def _dashed(title: str, findings: Sequence[Finding]) -> list[str]:
    found = ["", title] if findings else []
    for one in findings:
        found += _wrapped(one.text, "   - ")
    return found


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent="     ",
        break_long_words=False,
        break_on_hyphens=False,
    )


__all__ = ("TITLES", "Finding", "Listing", "Section", "Weight", "closing", "lines")
