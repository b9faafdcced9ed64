# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The variables of one host as the roles would see them, each with its value or with why it has none."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible.errors import AnsibleUndefinedVariable
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from .uses import Known, Use

Finding = dict[str, t.Any]
"""The keys of listing.Finding, as tasks hand them on."""


@dataclass
class Seen:
    """What one host knows."""

    host: str
    groups: Mapping[str, Sequence[str]]
    known: Known
    raw: Mapping[str, t.Any]
    """All variables of the host, as they are written."""
    template: Callable[[t.Any], t.Any]
    """Makes a value of what is written, with the roles' defaults behind the host's own variables."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Variables that have no value, and why: nothing of what they hold."""
    lacking: dict[str, list[str]] = field(default_factory=dict)
    """Variables that nobody gives, each with those whose templates need it."""
    _values: dict[str, t.Any] = field(default_factory=dict)

    def given(self, name: str) -> bool:
        """Whether the inventory says something about it: an empty text says nothing."""
        return name in self.raw and self.raw[name] not in (None, "")

    def get(self, name: str) -> t.Any:
        """Its value, else the role's default; `None` where there is none or it cannot be made."""
        if name not in self._values:
            self._values[name] = self._made(name)
        return self._values[name]

    def _made(self, name: str) -> t.Any:
        written = self.raw.get(name, self.known.defaults.get(name))
        if written is None:
            return None
        try:
            return self.template(written)
        except AnsibleUndefinedVariable as error:
            lacks = re.search(r"'(\w+)' is undefined", str(error))
            self.unusable[name] = "needs a variable that nobody gives"
            if lacks:
                self.lacking.setdefault(lacks[1], []).append(name)
        except Exception as error:
            # Its text could quote what is written, which may be a secret.
            self.unusable[name] = f"cannot be made of its template ({type(error).__name__})"
        return None

    def text(self, name: str) -> str:
        """Its value as text, empty where there is none."""
        value = self.get(name)
        return "" if value is None else str(value)

    def listed(self, name: str) -> list[t.Any]:
        """Its value where that is a list, else an empty one."""
        value = self.get(name)
        return list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else []

    def dicts(self, name: str) -> list[tuple[str, Mapping[str, t.Any]]]:
        """The dictionaries of a list, each with what it is called in messages."""
        return [
            (f"{name}[{number}]", one)
            for number, one in enumerate(self.listed(name))
            if isinstance(one, Mapping)
        ]

    def on(self, use: Use) -> bool:
        """Whether the playbooks call these entry points."""
        return not use.switches or any(self.given(name) for name in use.switches)


# --- what the roles' own specifications say -----------------------------------------------------------------


def refused(seen: Seen, use: Use) -> list[Finding]:
    """What the specification of the role refuses."""
    options = seen.known.options(use)
    provided = {name: seen.get(name) for name in options if name in seen.raw}
    found = []
    for name in [name for name in provided if name in seen.unusable]:
        del provided[name]
        option = options.pop(name)
        if not any(name in needing for needing in seen.lacking.values()):
            found.append(_finding(seen, name, seen.unusable[name], option))
    result = ArgumentSpecValidator(options).validate(provided)
    for error in result.errors:
        if isinstance(error, UnsupportedError):
            continue  # a key that nobody knows is found with the variables that nobody knows
        found += _of_message(seen, use, error.msg, options)
    return found


_MISSING = re.compile(r"missing required arguments: (?P<names>.+?)(?: found in (?P<place>.+))?")
_KIND = re.compile(r"unable to convert to (?P<kind>\w+)")
_CHOICE = re.compile(r"must be one of: (?P<choices>.*?), got: (?P<got>.+?)(?: found in .+)?$", re.DOTALL)


def _of_message(seen: Seen, use: Use, message: str, options: Mapping[str, t.Any]) -> list[Finding]:
    """In our words, where the validator's are known."""
    missing = _MISSING.fullmatch(message)
    if missing:
        names = missing["names"].split(", ")
        if missing["place"]:
            place = missing["place"].replace(" -> ", ".")
            return [
                _finding(
                    seen, place, f"has an entry without {', '.join(names)}", {}, "Give it to every entry."
                )
            ]
        why = f"The role {use.role} needs it"
        return [_finding(seen, name, "is not given", options[name], "Give it.", why) for name in names]
    name = next((name for name in sorted(options, key=len, reverse=True) if name in message), use.role)
    option = options.get(name, {})
    kind, choice = _KIND.search(message), _CHOICE.search(message)
    if kind:
        shown = (
            "" if option.get("no_log") or isinstance(seen.get(name), list | dict) else f": {seen.get(name)}"
        )
        return [_finding(seen, name, f"is not of the type {kind['kind']}{shown}", option)]
    if choice:
        return [
            _finding(seen, name, f"is {choice['got']}", option, f"It must be one of {choice['choices']}.")
        ]
    return [_finding(seen, name, "is refused by the specification of its role", option)]


def _finding(
    seen: Seen,
    name: str,
    found: str,
    option: Mapping[str, t.Any],
    remedy: str = "",
    why: str = "",
) -> Finding:
    return {
        "section": "variables",
        "variable": name,
        "found": found,
        "why": ": ".join(part for part in (why, _meaning(option)) if part),
        "remedy": remedy or "Correct it.",
        "host": seen.host,
    }


def _meaning(option: Mapping[str, t.Any]) -> str:
    """The first sentence of its description, without the marks of the documentation."""
    text = option.get("description") or ""
    text = text if isinstance(text, str) else " ".join(str(part) for part in text)
    first = re.split(r"(?<=[.]) ", " ".join(text.split()))[0]
    return re.sub(r"\b[A-Z]\(([^)]*?)(?:#\w+)?\)", r"\1", first)


def lacking(seen: Seen) -> list[Finding]:
    """Variables that nobody gives, such as those of a vault that was not read, each once."""
    return [
        {
            "section": "variables",
            "variable": name,
            "found": f"is not given, and {', '.join(dict.fromkeys(needing))} "
            f"{'needs' if len(set(needing)) == 1 else 'need'} it",
            "why": "The first task that uses it would fail.",
            "remedy": "Give it, or give the vault and its password: --vault-id.",
            "host": seen.host,
        }
        for name, needing in seen.lacking.items()
    ]


def idle(seen: Seen, uses: Sequence[Use]) -> list[Finding]:
    """Variables of a role that nothing switches on: they would do nothing."""
    found = []
    for role in dict.fromkeys(use.role for use in uses):
        mine = [use for use in uses if use.role == role]
        if any(seen.on(use) for use in mine):
            continue
        options = {name for use in mine for name in seen.known.options(use)}
        given = sorted(name for name in options if seen.given(name))
        if given:
            switches = sorted({switch for use in mine for switch in use.switches})
            found.append(
                {
                    "section": "variables",
                    "variable": given[0],
                    "found": f"is given{f', and {len(given) - 1} more like it' if given[1:] else ''}, "
                    f"and {' or '.join(switches)} is not",
                    "why": f"Without it the playbooks leave the role {role} out, and report success.",
                    "remedy": f"Give {switches[0]}, or take the others away.",
                    "host": seen.host,
                }
            )
    return found


__all__ = ("Finding", "Seen", "idle", "lacking", "refused")
