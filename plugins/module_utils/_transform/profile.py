# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Profiles: the rules of one application, read from YAML on the controller, checked here.

A profile is data. It names tables to skip, tables the target's own migrations fill, invariants, and
column rules; the engine knows no application.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

from .._errors import InputError
from . import profile_keys
from .misfits import CLASSES
from .names import FORMS, Rename, nearest
from .profile_keys import names
from .releases import SIDES, Release, Releases, of_side

_TRANSACTION: t.Final = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|;)*"
    r"(?:(ABORT|BEGIN|COMMIT|END|RELEASE|ROLLBACK|SAVEPOINT|START\s+TRANSACTION|PREPARE\s+TRANSACTION)\b|$)",
    re.IGNORECASE | re.DOTALL,
)
"""The beginning of a statement that would end our transaction, or none at all."""
CHARSET: t.Final = re.compile(r"[A-Za-z0-9_]+")
"""What names a character set, as it stands in SQL."""

Rule = t.TypeVar("Rule")


@dataclass(frozen=True)
class Policy:
    """What to do with one class of misfits: a policy's name and, for some, a literal."""

    name: str
    value: str | None = None

    def to_json(self) -> str | dict[str, str]:
        """As profiles write it: `strip` or `{"replace": "text"}`."""
        return self.name if self.value is None else {self.name: self.value}


@dataclass(frozen=True)
class TableRule:
    """A rule for all source tables that match: leave them out, load them under another name, filter rows."""

    table: str
    rename: Rename | None = None
    exclude: bool = False
    where: str | None = None
    """SQL of the source that is true for the rows to keep; the others are counted as filtered."""
    reason: str = ""


@dataclass(frozen=True)
class AddRule:
    """A target column that has no source column: an expression of the source, or the target's default."""

    table: str
    column: str
    expression: str | None = None
    type: str = "longtext"
    """Source type of the expression's value."""
    leave_to_default: bool = False


@dataclass(frozen=True)
class ColumnRule:
    """A rule for all columns that match; of two that set the same thing the later one holds."""

    table: str = "*"
    column: str = "*"
    source_type: str = "*"
    target_type: str = "*"
    target_nullable: bool | None = None
    policies: tuple[tuple[str, Policy], ...] = ()
    converter: str | None = None
    sensitive: bool | None = None
    rename: Rename | None = None
    drop: bool = False
    expression: str | None = None
    """SQL of the source; `{column}` stands for the source column's name, as SQL writes it."""
    type: str | None = None
    """Source type of the expression's value; `None`: the column's own."""
    reinterpret: str | None = None
    must_be_jsonb: bool | None = None


@dataclass(frozen=True)
class Statement:
    """A statement of the target, done once when all rows are loaded and the triggers are back."""

    statement: str
    reason: str = ""


@dataclass(frozen=True)
class Invariant:
    """A query with one value that has to be `expect` on one server at one moment of the run."""

    name: str
    server: t.Literal["source", "target"]
    moment: t.Literal["before", "after"]
    query: str
    expect: str
    stops: bool = True
    """Whether the run stops where it does not hold; else preflight lists what was found."""
    reason: str = ""


@dataclass(frozen=True)
class Profile:
    """The rules of one application, all empty by default."""

    name: str = ""
    skip_tables: tuple[str, ...] = ()
    leftover_tables: tuple[str, ...] = ()
    seed_tables: tuple[str, ...] = ()
    tables: tuple[TableRule, ...] = ()
    columns: tuple[ColumnRule, ...] = ()
    add_columns: tuple[AddRule, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    refresh_materialized_views: tuple[str, ...] = ()
    """Patterns of their names, with the schema where it is another one."""
    after_load: tuple[Statement, ...] = ()
    releases: tuple[Releases, ...] = ()
    choices: tuple[tuple[str, Profile], ...] = ()
    """Rules that are ready and hold only where they are chosen, by name."""
    choose: tuple[str, ...] = ()

    def extended(self, more: Profile) -> Profile:
        """These rules, then what is chosen of them, then those of `more`, whose later rules win.

        Raises InputError: a choice that there is not.
        """
        choices = dict(self.choices + more.choices)
        found = self
        for name in dict.fromkeys(self.choose + more.choose):
            if name not in choices:
                known = ", ".join(sorted(choices)) or "none"
                raise InputError(
                    f"choose names {name!r}, and there is no such choice.{_perhaps(name, choices)} Choices: {known}."
                )
            found = found._followed(choices[name])
        return found._followed(more)

    def _followed(self, more: Profile) -> Profile:
        names = (
            "skip_tables",
            "leftover_tables",
            "seed_tables",
            "tables",
            "columns",
            "add_columns",
            "invariants",
            "refresh_materialized_views",
            "after_load",
        )
        both = self.releases + more.releases
        return replace(
            self,
            releases=tuple(one for one in (of_side(both, side) for side in SIDES) if one is not None),
            **{name: getattr(self, name) + getattr(more, name) for name in names},
        )


def parse_profile(name: str, data: t.Mapping[str, t.Any]) -> Profile:
    """A checked profile.

    Raises InputError: an unknown key, class, policy or a value of the wrong type, named.
    """
    where = f"Profile {name!r}"
    _known(data, names(profile_keys.PROFILE), where)
    return Profile(
        name=name,
        skip_tables=_names(data, "skip_tables", where),
        leftover_tables=_names(data, "leftover_tables", where),
        seed_tables=_names(data, "seed_tables", where),
        tables=_each(data, "tables", where, _table_rule),
        columns=_each(data, "columns", where, _rule),
        add_columns=_each(data, "add_columns", where, _add_rule),
        invariants=_each(data, "invariants", where, _invariant),
        refresh_materialized_views=_names(data, "refresh_materialized_views", where),
        after_load=_each(data, "after_load", where, _statement),
        releases=_releases(data, where),
        choices=_choices(data, where),
        choose=_names(data, "choose", where),
    )


def _choices(data: t.Mapping[str, t.Any], where: str) -> tuple[tuple[str, Profile], ...]:
    """By name the rules that wait to be chosen; none of them holds choices of its own."""
    found = data.get("choices") or {}
    if not isinstance(found, t.Mapping):
        raise InputError(f"{where}: choices has to be a mapping of names to rules.")
    chosen = []
    for name, rules in found.items():
        place = f"{where}, choices, {name}"
        _known(rules, names(profile_keys.PROFILE) - {"name", "choices", "choose", "releases"}, place)
        chosen.append((str(name), parse_profile(f"{name} of {where}", rules)))
    return tuple(chosen)


def _releases(data: t.Mapping[str, t.Any], where: str) -> tuple[Releases, ...]:
    found = data.get("releases") or {}
    place = f"{where}, releases"
    _known(found, set(SIDES), place)
    return tuple(_of_side(side, found[side], f"{place}, {side}") for side in SIDES if side in found)


def _of_side(side: t.Literal["source", "target"], data: t.Any, where: str) -> Releases:
    _known(data, names(profile_keys.RELEASES), where)
    texts = _texts(data, ("query", "otherwise"), where)
    fits = _each(data, "fits", where, _release)
    if "query" not in texts or not fits:
        raise InputError(f"{where} lacks {'fits' if 'query' in texts else 'query'!r}.")
    return Releases(side, fits=fits, **texts)


def _release(data: t.Any, where: str) -> Release:
    _known(data, names(profile_keys.RELEASE), where)
    texts = _texts(data, ("release", "migration"), where)
    if len(texts) < len(profile_keys.RELEASE):
        raise InputError(f"{where} needs release and migration.")
    return Release(**texts)


def _each(
    data: t.Mapping[str, t.Any], key: str, where: str, parse: t.Callable[[t.Any, str], Rule]
) -> tuple[Rule, ...]:
    entries = _list(data, key, where)
    return tuple(parse(entry, f"{where}, {key} entry {number}") for number, entry in enumerate(entries, 1))


def _known(data: t.Any, keys: set[str], where: str) -> None:
    if not isinstance(data, t.Mapping):
        raise InputError(f"{where} is not a mapping. Its keys: {', '.join(sorted(keys))} (docs/profiles.md).")
    unknown = sorted(set(map(str, data)) - keys)
    if unknown:
        raise InputError(
            f"{where} has the unknown key {unknown[0]!r}.{_perhaps(unknown[0], keys)} Known keys: "
            f"{', '.join(sorted(keys))} (docs/profiles.md)."
        )


def _perhaps(name: str, known: t.Iterable[str]) -> str:
    """The right spelling, as a sentence."""
    meant = nearest(name, known)
    return f" Perhaps {meant} is meant." if meant else ""


def _list(data: t.Mapping[str, t.Any], key: str, where: str) -> list[t.Any]:
    value = data.get(key) or []
    if not isinstance(value, list):
        raise InputError(f"{where}: {key} has to be a list.")
    return value


def _names(data: t.Mapping[str, t.Any], key: str, where: str) -> tuple[str, ...]:
    values = _list(data, key, where)
    if not all(isinstance(value, str) for value in values):
        raise InputError(f"{where}: {key} has to be a list of names.")
    return tuple(values)


def _texts(data: t.Mapping[str, t.Any], keys: t.Iterable[str], where: str) -> dict[str, str]:
    """The entries of `keys` that are there, which have to be text."""
    found = {key: data[key] for key in keys if data.get(key) is not None}
    wrong = [key for key, value in found.items() if not isinstance(value, str)]
    if wrong:
        raise InputError(f"{where}: {wrong[0]} has to be text. Quote it.")
    return found


def _flag(data: t.Mapping[str, t.Any], key: str, where: str) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{where}: {key} has to be true or false.")
    return value


def _table_rule(data: t.Any, where: str) -> TableRule:
    _known(data, names(profile_keys.TABLE), where)
    texts = _texts(data, ("table", "where", "reason"), where)
    if "table" not in texts:
        raise InputError(f"{where} lacks 'table'.")
    return TableRule(exclude=_flag(data, "exclude", where), rename=_rename(data, where), **texts)


def _rename(data: t.Mapping[str, t.Any], where: str) -> Rename | None:
    """A new name as text, or a mapping that makes it of the old one."""
    wanted = data.get("rename")
    if not isinstance(wanted, t.Mapping):
        name = _texts(data, ("rename",), where).get("rename")
        return Rename(name) if name is not None else None
    _known(wanted, names(profile_keys.RENAME), f"{where}, rename")
    texts = _texts(wanted, sorted(names(profile_keys.RENAME)), f"{where}, rename")
    if not texts or ("match" in texts) != ("to" in texts):
        raise InputError(f"{where}, rename needs form, prefix, remove_prefix, or match together with to.")
    if texts.get("form", FORMS[0]) not in FORMS:
        raise InputError(f"{where}, rename: form has to be {' or '.join(FORMS)}, and is {texts['form']!r}.")
    try:
        re.compile(texts.get("match", "")).sub(texts.get("to", ""), "")
    except (re.error, IndexError) as error:
        raise InputError(f"{where}, rename: match and to are no regular expression ({error}).") from error
    return Rename(**t.cast("t.Any", texts))


def _add_rule(data: t.Any, where: str) -> AddRule:
    _known(data, names(profile_keys.ADD), where)
    texts = _texts(data, ("table", "column", "expression", "type"), where)
    default = _flag(data, "leave_to_default", where)
    if not {"table", "column"} <= set(texts) or ("expression" in texts) == default:
        raise InputError(f"{where} needs table, column, and either expression or leave_to_default: true.")
    return AddRule(leave_to_default=default, **texts)


def _rule(data: t.Any, where: str) -> ColumnRule:
    _known(data, names(profile_keys.COLUMN), where)
    keys = (
        "table",
        "column",
        "source_type",
        "target_type",
        "converter",
        "expression",
        "type",
        "reinterpret",
    )
    texts = _texts(data, keys, where)
    if "type" in texts and "expression" not in texts:
        raise InputError(f"{where}: type is the source type of what an expression gives, and there is none.")
    if (data.get("rename") or data.get("drop")) and {"target_type", "target_nullable"} & set(data):
        raise InputError(
            f"{where}: rename and drop are about source columns, whatever the target has, so that target_type and "
            "target_nullable cannot stand beside them. Write two rules."
        )
    reinterpret = data.get("reinterpret")
    if reinterpret is not None and not CHARSET.fullmatch(str(reinterpret)):
        raise InputError(
            f"{where}: reinterpret has to name a character set, as latin1 or utf8mb4, or be double."
        )
    policies = data.get("policies") or {}
    _known(policies, set(CLASSES), f"{where}, policies")
    return ColumnRule(
        target_nullable=None
        if data.get("target_nullable") is None
        else _flag(data, "target_nullable", where),
        policies=tuple((key, _policy(key, value, where)) for key, value in policies.items()),
        sensitive=None if data.get("sensitive") is None else _flag(data, "sensitive", where),
        rename=_rename(data, where),
        must_be_jsonb=None if data.get("must_be_jsonb") is None else _flag(data, "must_be_jsonb", where),
        drop=_flag(data, "drop", where),
        **texts,
    )


def _policy(misfit: str, data: t.Any, where: str) -> Policy:
    # A bare null in YAML is None; it can only mean the policy of that name.
    name: t.Any = "null" if data is None else data
    value: str | None = None
    if isinstance(data, t.Mapping) and len(data) == 1:
        name, value = next(iter(data.items()))
        value = str(value)
    forms = spellings(misfit)
    if isinstance(name, bool) and value is None and str(name).lower() in forms:
        right = str(name).lower()
        raise InputError(
            f"{where}: YAML reads {right} without quotes as yes or no. Write the policy of {misfit} as "
            f"{misfit}: '{right}'."
        )
    if not isinstance(name, str) or name not in forms:
        meant = nearest(str(name), forms)
        perhaps = f" Perhaps {misfit}: {forms[meant]} is meant." if meant else ""
        raise InputError(
            f"{where}: {misfit} has no policy {name!r}.{perhaps} Policies of this class, as they are written: "
            f"{', '.join(forms[one] for one in sorted(forms))}."
        )
    if ("VALUE" in forms[name]) != (value is not None):
        raise InputError(f"{where}: write the policy of {misfit} as {misfit}: {forms[name]}.")
    return Policy(name, value)


def spellings(misfit: str) -> dict[str, str]:
    """Policies of a class, by name, as YAML writes them."""
    quoted = {"null", "true"}
    found = {"fail": "fail"}
    for name, template in CLASSES[misfit].policies.items():
        found[name] = f"'{name}'" if name in quoted else name
        if "{value}" in template:
            found[name] = f"{{{name}: VALUE}}"
    return found


def _statement(data: t.Any, where: str) -> Statement:
    _known(data, names(profile_keys.STATEMENT), where)
    found = Statement(**{"statement": "", **_texts(data, sorted(names(profile_keys.STATEMENT)), where)})
    end = _TRANSACTION.match(found.statement)
    if end is not None:
        what = f"begins with {end.group(1).upper()}" if end.group(1) else "is empty"
        raise InputError(
            f"{where}: its statement {what}. Write one statement, which is done in a transaction of its own."
        )
    return found


def _invariant(data: t.Any, where: str) -> Invariant:
    _known(data, names(profile_keys.INVARIANT), where)
    missing = sorted({key.name for key in profile_keys.INVARIANT if not key.without} - set(data))
    if missing:
        raise InputError(f"{where} lacks {missing[0]!r}.")
    if data["server"] not in ("source", "target") or data["moment"] not in ("before", "after"):
        raise InputError(f"{where}: server is source or target, moment is before or after.")
    stops = _flag({"stops": True, **data}, "stops", where)
    if not stops and data["server"] == "target":
        raise InputError(f"{where}: stops: false is for queries of the source, which preflight asks.")
    return Invariant(
        str(data["name"]),
        data["server"],
        data["moment"],
        str(data["query"]),
        str(data["expect"]),
        stops,
        _texts(data, ("reason",), where).get("reason", ""),
    )


__all__ = (
    "CHARSET",
    "AddRule",
    "ColumnRule",
    "Invariant",
    "Policy",
    "Profile",
    "Statement",
    "TableRule",
    "parse_profile",
    "spellings",
)
