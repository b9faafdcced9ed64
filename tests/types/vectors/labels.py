# SPDX-License-Identifier: GPL-3.0-or-later
"""ENUM and SET, with members that look like nothing, like quotes and like NULL."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import Case, Flip, utf8

_LABELS = (
    "open",
    "Closed",
    "",
    "it's",
    'say "x"',
    "back\\slash",
    "a b",
    "ü",
    "日本",
    "NULL",
    "N",
    "x,y",
    "{}",
)
_MEMBERS = ("a", "B", "it's", 'say "x"', "back\\slash", "two words", "ü", "NULL", "{}", "z")


def _declared(kind: str, labels: tuple[str, ...]) -> str:
    return f"{kind}({', '.join(utf8(label).replace('_utf8mb4 ', '') for label in labels)})"


def _spelled(labels: tuple[str, ...]) -> str:
    return ", ".join("'" + label.replace("'", "''") + "'" for label in labels)


def enums() -> Iterator[Case]:
    more = (*reversed(_LABELS), "only on the target")
    for name, target, prelude in (
        ("ENUM to an enum type", "mood", (f"CREATE TYPE mood AS ENUM ({_spelled(_LABELS)})",)),
        (
            "ENUM to an enum type in another order",
            "moods",
            (f"CREATE TYPE moods AS ENUM ({_spelled(more)})",),
        ),
        (
            "ENUM to a domain over an enum type",
            "checked_mood",
            (
                f"CREATE TYPE plain_mood AS ENUM ({_spelled(_LABELS)})",
                "CREATE DOMAIN checked_mood AS plain_mood",
            ),
        ),
        ("ENUM to text", "text", ()),
        ("ENUM to varchar(20)", "varchar(20)", ()),
    ):
        yield Case(
            name, f"enum→{'text' if target in {'text', 'varchar(20)'} else 'enum'}", _declared("ENUM", _LABELS),
            target, forms.TEXT, _LABELS, utf8,
            (Flip("open", "'Closed'"), Flip("", "NULL"), Flip(None, "''"), Flip("N", "NULL")),
            identical=True, prelude=prelude,
        )  # fmt: skip
    yield Case(
        "latin1 ENUM to text", "enum→text", "ENUM('é', 'ö', 'x') CHARACTER SET latin1", "text", forms.TEXT,
        ("é", "ö", "x"), utf8, (Flip("é", "'e'"), Flip(None, "''")), identical=True,
    )  # fmt: skip


def sets() -> Iterator[Case]:
    subsets = st.lists(st.sampled_from(_MEMBERS), unique=True).map(_in_order)
    values = ("", *_MEMBERS, "a,z", ",".join(_MEMBERS), "a,B", "back\\slash,NULL")
    yield Case(
        "SET to text[]", "set→text[]", _declared("SET", _MEMBERS), "text[]", forms.SET, values, utf8,
        (
            Flip("a,B", "ARRAY['a,B']"),
            Flip("a,z", "ARRAY['z', 'a']"),
            Flip("", "NULL"),
            Flip("", "ARRAY['']"),
            Flip(None, "'{}'"),
            Flip("NULL", "ARRAY[NULL]::text[]"),
            Flip("", "ARRAY[NULL]::text[]"),
            Flip("a,z", "ARRAY[['a', 'z']]"),
            Flip("a,z", "'[0:1]={a,z}'"),
            Flip("a", "ARRAY['a', 'a']"),
        ),
        subsets, meaning=lambda value: value.split(",") if value else [],
    )  # fmt: skip
    yield Case(
        "SET to varchar[]", "set→text[]", _declared("SET", _MEMBERS), "varchar(20)[]", forms.SET, values, utf8,
        (Flip("a,B", "ARRAY['a,B']"), Flip("", "NULL")), subsets,
        meaning=lambda value: value.split(",") if value else [],
    )  # fmt: skip
    yield Case(
        "SET to plain text", "set→text", _declared("SET", _MEMBERS), "text", forms.TEXT, values, utf8,
        (Flip("a,z", "'z,a'"), Flip("", "NULL"), Flip(None, "''"), Flip("a", "'a '")), subsets, identical=True,
    )  # fmt: skip
    names = tuple(f"a rather long member {number}" for number in range(30))
    yield Case(
        "SET of long members to text[]", "set→text[]", _declared("SET", names), "text[]", forms.SET,
        ("", names[0], ",".join(names)), utf8, (Flip(names[3], "'{}'"), Flip(",".join(names), "v[2:]")),
        meaning=lambda value: value.split(",") if value else [],
    )  # fmt: skip
    members = tuple(f"m{number}" for number in range(64))
    yield Case(
        "SET of 64 members to text", "set→text", _declared("SET", members), "text", forms.TEXT,
        ("", "m0", "m63", ",".join(members)), utf8, (Flip("m63", "'m62'"),),
        st.lists(st.sampled_from(members), unique=True).map(lambda some: ",".join(sorted(some, key=members.index))),
        identical=True,
    )  # fmt: skip


def _in_order(members: list[str]) -> str:
    return ",".join(sorted(members, key=_MEMBERS.index))


def cases() -> list[Case]:
    """All of this subject."""
    return [*enums(), *sets()]
