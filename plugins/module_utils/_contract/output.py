# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What was found as files: Markdown for people and JUnit for continuous integration."""

from __future__ import annotations

import json
import re
import typing as t
from collections import defaultdict
from xml.sax.saxutils import escape, quoteattr

from . import kinds
from .compare import counted, failing

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .compare import Deviation
    from .contract import Contract

_NO_XML: t.Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_markdown(database: str, contract: Contract, found: Sequence[Deviation], fail_on: str) -> str:
    """A report: how many of what, then a table of deviations for each severity."""
    counts = counted(found)
    told = ", ".join(f"{counts[severity]} {severity}" for severity in kinds.SEVERITIES)
    failed = failing(found, fail_on)
    verdict = f"Fails: {len(failed)} as grave as {fail_on}, or graver." if failed else "Passes."
    lines = [
        f"# Schema of {_inline(database)} against its contract",
        "",
        f"{contract.count} objects of {', '.join(map(_inline, contract.schemas))} in the contract; deviations: {told}. "
        + verdict,
    ]
    for severity, means in kinds.SEVERITIES.items():
        some = [one for one in found if one.severity == severity]
        if some:
            lines += [
                "",
                f"## {severity}: {means}",
                "",
                "| kind | what | contract | live |",
                "| --- | --- | --- | --- |",
            ]
            lines += [
                f"| `{one.kind}` | {_inline(one.object)} | {_inline(_value(one.was))} | {_inline(_value(one.now))} |"
                for one in some
            ]
    return "\n".join(lines) + "\n"


def as_junit(database: str, contract: Contract, found: Sequence[Deviation], fail_on: str) -> str:
    """One suite; a test case for each object of the contract, and for each object that only the schema has.

    What is less grave than `fail_on` is told in the output of its case, and does not fail it.
    """
    failed = failing(found, fail_on)
    of_object: dict[str, list[Deviation]] = defaultdict(list)
    for one in found:
        of_object[one.object] += [one]
    places = {
        "the database" if kind == "database" else f"{kind.replace('_', ' ')} {name}": kind
        for kind, objects in contract.objects.items()
        for name in objects
    }
    places |= {one.object: one.kind.rsplit("_", 1)[0] for one in found if one.object not in places}
    cases = [line for place, kind in places.items() for line in _case(place, kind, of_object[place], failed)]
    broken = len({one.object for one in failed})
    counts = f'tests="{len(places)}" failures="{broken}" errors="0" skipped="0"'
    name = _attribute(f"schema of {database}")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {counts}>",
        f"<testsuite name={name} {counts}>",
    ]
    return "\n".join([*lines, *cases, "</testsuite>", "</testsuites>"]) + "\n"


def _case(place: str, kind: str, found: Sequence[Deviation], failed: Sequence[Deviation]) -> list[str]:
    head = f"<testcase classname={_attribute(kind)} name={_attribute(place)}"
    if not found:
        return [head + "/>"]
    grave = [one for one in found if one in failed]
    lines = [head + ">"]
    if grave:
        kinds_of = ", ".join(one.kind for one in grave)
        told = "\n".join(one.as_line() for one in grave)
        lines.append(
            f"<failure message={_attribute(grave[0].as_line())} type={_attribute(kinds_of)}>{_xml(told)}</failure>"
        )
    rest = [f"{one.severity}: {one.as_line()}" for one in found if one not in grave]
    if rest:
        text = "\n".join(rest)
        lines.append(f"<system-out>{_xml(text)}</system-out>")
    return [*lines, "</testcase>"]


def _value(value: t.Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _inline(text: str) -> str:
    """Text in a line or a cell: no line breaks, nothing that Markdown would take for its own."""
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", " ".join(text.split()))


def _xml(text: str) -> str:
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text))


__all__ = ("as_junit", "as_markdown")
