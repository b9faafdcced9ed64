# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What a look before a migration has found, as one structure, and the same for people: lines of text and Markdown."""

from __future__ import annotations

import contextlib
import textwrap
import typing as t
from dataclasses import dataclass, field

from .._errors import ConvergenceError, unforeseen

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Section = t.Literal["servers", "privileges", "releases", "target", "plan", "values", "beside"]
TITLES: t.Final[dict[Section, str]] = {
    "servers": "Servers and migration host",
    "privileges": "Privileges and backups",
    "releases": "Releases of the application",
    "target": "State of the target",
    "plan": "Plan",
    "values": "Values that do not fit",
    "beside": "What stops no migration and should be put right before the application works on the target",
}
"""In the order in which they are listed."""
_WIDTH: t.Final = 110
_EXAMPLES: t.Final = 3
"""Keys that a line shows; the file has all of them."""


@dataclass(frozen=True)
class Problem:
    """Something that would stop a migration. `database`: its name in the run, empty where it is about all of them."""

    section: Section
    text: str
    database: str = ""


@dataclass
class Listing:
    """All that was found. `way`: from which server to which one; `rules`: for each database what to paste, in lines."""

    way: str = ""
    databases: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    misfits: list[dict[str, t.Any]] = field(default_factory=list)
    """What no rule decides."""
    decided: list[dict[str, t.Any]] = field(default_factory=list)
    """What a rule decides."""
    untested: list[dict[str, t.Any]] = field(default_factory=list)
    """Constraints of the target that only the load itself can test."""
    rules: dict[str, list[str]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    """What was not looked at, and why."""

    @property
    def stops(self) -> int:
        """How many things would stop a migration."""
        return self.count - sum(one.section == "beside" for one in self.problems)

    @property
    def count(self) -> int:
        """How many things there are to do."""
        return len(self.problems) + len(self.misfits)

    def problem(self, section: Section, text: str, database: str = "") -> None:
        """Note one, once."""
        found = Problem(section, text, database)
        if found not in self.problems and not any(one.text == text for one in self.problems):
            self.problems.append(found)

    def notice(self, text: str) -> None:
        """Note what is worth knowing, once."""
        if text not in self.notices:
            self.notices.append(text)

    @contextlib.contextmanager
    def asking(self, section: Section, database: str = "") -> Iterator[None]:
        """What is raised inside is a problem of this section; what comes after it inside is not asked."""
        try:
            yield
        except ConvergenceError as error:
            self.problem(section, str(error), database)
        except Exception as error:
            self.problem(section, str(unforeseen(error)), database)

    def in_order(self) -> list[Problem]:
        """By section, in the order of finding."""
        return [one for section in TITLES for one in self.problems if one.section == section]

    def to_json(self) -> dict[str, t.Any]:
        """The content of `preflight.json`."""
        return {
            "way": self.way,
            "databases": self.databases,
            "count": self.count,
            "stops": self.stops,
            "problems": [vars(one) for one in self.in_order()],
            "misfits": self.misfits,
            "decided": self.decided,
            "untested": self.untested,
            "rules": {name: "\n".join(lines) for name, lines in self.rules.items()},
            "notices": self.notices,
            "unasked": self.unasked,
        }


def message(listing: Listing, where: str) -> str:
    """One line. `where`: the file with the list, empty where none was written."""
    if listing.count == 1 and listing.problems:
        return listing.problems[0].text
    place = f"above and in {where}" if where else "above"
    return f"{_much(listing)}; the list is {place}."


def _much(listing: Listing) -> str:
    rest = listing.count - listing.stops
    parts = [f"{_things(listing.stops)} would stop a migration"] if listing.stops else []
    parts += [f"{_things(rest)} should be put right before it"] if rest else []
    return ", ".join(parts) or "Nothing would stop a migration"


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"


# --- lines for a screen -----------------------------------------------------------------------------


def lines(listing: Listing, where: str = "") -> list[str]:
    """The list for a terminal. `where`: the file with the list, empty where none was written."""
    found = [listing.way] if listing.way else []
    for section, title in TITLES.items():
        texts = [one.text for one in listing.problems if one.section == section]
        blocks = [[text] for text in texts]
        if section == "values":
            blocks += [_misfit(one) for one in listing.misfits]
        found += _numbered(title, blocks)
    found += _rules(listing)
    found += _dashed("Not tested before the load", [_untested(one) for one in listing.untested])
    found += _dashed("Not asked", listing.unasked)
    found += _dashed("Decided by your rules", [_decided(one) for one in listing.decided])
    found += _dashed("Worth knowing", listing.notices)
    found += ["", f"{_much(listing)}."]
    found += [f"This list: {where}"] if where else []
    return found


def _numbered(title: str, blocks: Sequence[Sequence[str]]) -> list[str]:
    found = ["", f"{title} ({len(blocks)})"] if blocks else []
    for number, (first, *rest) in enumerate(blocks, 1):
        lead = f"{number:3}. "
        found += _wrapped(first, lead, "     ")
        for line in rest:
            found += _wrapped(line, "     ", "     ")
    return found


def _dashed(title: str, texts: Sequence[str]) -> list[str]:
    found = ["", title] if texts else []
    for text in texts:
        found += _wrapped(text, "   - ", "     ")
    return found


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _misfit(one: Mapping[str, t.Any]) -> list[str]:
    place = f"{one['database']}.{one['table']}.{one['column']}"
    if one.get("detail"):
        return [f"{place}: {one['meaning']}: {one['detail']} ({one['class']})", one["remedy"]]
    found = [f"{place}: {_values(one['count'])}: {one['meaning']} ({one['class']})"]
    shown = one["examples"][:_EXAMPLES]
    if shown:
        more = f" and {one['count'] - len(shown)} more" if one["count"] > len(shown) else ""
        found.append(f"rows: {'; '.join(shown)}{more}")
    return [*found, one["remedy"]]


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _decided(one: Mapping[str, t.Any]) -> str:
    place = f"{one['database']}.{one['table']}.{one['column']}"
    return f"{place}: {_values(one['count'])}: {one['class']} → {one['policy']}"


def _untested(one: Mapping[str, t.Any]) -> str:
    rows = "all rows" if one["count"] is None else f"{one['count']} rows"
    return f"{one['database']}.{one['table']}: {one['name']}, {one['definition']}: {rows} ({one['why']})"


def _rules(listing: Listing) -> list[str]:
    found: list[str] = []
    for name, block in listing.rules.items():
        found += [
            "",
            f"To paste into the entry {name} of migration_databases; take the # off one line of each choice:",
            *block,
        ]
    return found


# --- Markdown ---------------------------------------------------------------------------------------


def markdown(listing: Listing) -> str:
    """The content of `preflight.md`."""
    found = ["# Preflight", "", f"{listing.way}. {_much(listing)}." if listing.way else f"{_much(listing)}."]
    for section, title in TITLES.items():
        items = [one.text for one in listing.problems if one.section == section]
        found += _heading(title, items)
        if section == "values" and listing.misfits:
            found += ["", f"## {title}: {len(listing.misfits)} kinds", *_table(listing.misfits)]
    for name, block in listing.rules.items():
        found += ["", f"## Rules to paste for {name}", ""]
        found += [
            f"Into the entry `{name}` of `migration_databases`. Take the `#` off one line of each choice.",
            "",
        ]
        found += ["```yaml", *block, "```"]
    found += _heading("Not tested before the load", [_untested(one) for one in listing.untested])
    found += _heading("Not asked", listing.unasked)
    found += _heading("Decided by your rules", [_decided(one) for one in listing.decided])
    found += _heading("Worth knowing", listing.notices)
    return "\n".join([*found, ""])


def _heading(title: str, items: Sequence[str]) -> list[str]:
    return ["", f"## {title}", "", *(f"- {_plain(item)}" for item in items)] if items else []


def _table(misfits: Sequence[Mapping[str, t.Any]]) -> list[str]:
    found = [
        "",
        "| where | class | values | rows, for example | what to do |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in misfits:
        cells = [
            f"{one['database']}.{one['table']}.{one['column']}",
            f"`{one['class']}`: {one['detail'] or one['meaning']}",
            str(one["count"]),
            "; ".join(one["examples"]),
            one["remedy"],
        ]
        found.append(f"| {' | '.join(_plain(cell).replace('|', chr(92) + '|') for cell in cells)} |")
    return found


def _plain(text: str) -> str:
    """Names of tables and keys stand as they are: what Markdown would take for a mark is none."""
    return text.replace("<", "&lt;").replace("*", "\\*")


__all__ = ("TITLES", "Listing", "Problem", "Section", "lines", "markdown", "message")
