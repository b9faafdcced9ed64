# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: last_line
short_description: What a playbook has proved and what it has not, in one line
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Makes the last line that a playbook of the collection prints, of what its phases have found in the same run.
  - What no phase of this run has asked counts as not proved.
positional: _input, playbook
options:
  _input:
    description:
      - C(check), whether it was a check. C(verified), the result of M(alkemio.convergence.postgresql_snapshot_verify).
        C(wall), the seconds since the playbook began. C(work), how long what it has called took, in seconds or as a
        command tells it; the rest is orchestration. C(state), how far the cut-over is. C(smoke), how many addresses
        have answered. C(silent), whether none is named. C(findings), what was proved of each service
        (P(alkemio.convergence.cutover_findings#filter)). C(kratos), what was proved of Kratos, in sentences. C(wrote),
        whether checks have written. C(lost), what a roll-back loses, in sentences. C(accepted), what the gate has
        accepted. C(done), what the only phase of a playbook has done, in sentences. All of them may be left out.
    type: dict
    required: true
  playbook:
    description: Name of the playbook.
    type: str
    required: true
"""

EXAMPLES = r"""
line: "{{ {'check': ansible_check_mode, 'verified': verified} | alkemio.convergence.last_line('migrate') }}"
"""

RETURN = r"""
_value:
  description: The line.
  type: str
  sample: "PROVED: 5 rows of 2 tables in 1 database are equal; the source frozen and still. Next: cutover."
"""

Facts = dict[str, t.Any]


def last_line(facts: Facts, playbook: str) -> str:
    """What was proved and what was not; what follows."""
    # Before ansible-core 2.19 nothing comes out of a template as an empty text.
    known = {key: value for key, value in facts.items() if value is not None and value != ""}
    if known.get("check"):
        return f"CHECK of {playbook}: nothing was changed, and nothing is proved."
    return _LINES[playbook](known) + _orchestration(known)


def _orchestration(facts: Facts) -> str:
    """How long the playbook took, and how much of that neither engine nor services nor backups needed."""
    if "wall" not in facts:
        return ""
    wall = float(facts["wall"])
    work = sum(_seconds(one) for one in facts.get("work", []))
    return f" Took {wall:.1f} s, {max(wall - work, 0.0):.1f} s of them orchestration."


def _seconds(took: float | str) -> float:
    """Also of a command, which tells hours, minutes and seconds."""
    seconds = 0.0
    for part in str(took).split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


# --- equal or not ------------------------------------------------------------------------------------------


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def _equal(verified: Facts) -> str:
    """What is equal, and what was changed or left out by rule."""
    databases = verified.get("databases", [])
    rows, tables, altered, filtered = (
        sum(database.get(key, 0) for database in databases)
        for key in ("rows", "tables", "alterations", "filtered")
    )
    text = (
        f"{_counted(rows, 'row')} of {_counted(tables, 'table')} in {_counted(len(databases), 'database')} "
        f"{'is' if rows == 1 else 'are'} equal"
    )
    if altered:
        text += f"; {_counted(altered, 'value')} altered by rule (alterations.jsonl)"
    if filtered:
        text += f"; {_counted(filtered, 'row')} of the source left out by rule"
    return text


_STILL_BY: t.Final = {
    "log": " by its log",
    "sums": " by the sums of its rows",
    "sums of parts": " by the sums of its rows, part by part",
}


def _worth(proof: Facts) -> tuple[str, bool]:
    """What the proof is worth, and whether the cut-over takes it without a word."""
    if proof.get("copy"):
        return "NOT PROVED: what the original of this copy holds by now", False
    if proof.get("mode") == "live":
        return "NOT PROVED: what was written to the source in use after its moment of this dump", False
    if proof.get("source") != "computed now":
        return (
            f"NOT PROVED: what the source holds now, which was not asked (its sums of {proof.get('sums_of')})",
            False,
        )
    still = f"the source still{_STILL_BY.get(str(proof.get('still_by')), '')}"
    if not proof.get("frozen_since"):
        return f"{still}; NOT PROVED: that it stays so, since it is not frozen", False
    return f"{still}, and frozen since {proof['frozen_since']}", True


def _verified(facts: Facts) -> str:
    verified = facts.get("verified")
    if not verified or verified.get("verdict") is None:
        return "NOT PROVED: the phase verify has not run. Next: the phases that are left, and verify last."
    if verified["verdict"] != "equal":
        return "NOT EQUAL: see the report."
    worth, enough = _worth(verified.get("proof", {}))
    following = (
        "cutover" if enough else "for a cut-over that loses nothing, migrate in mode frozen with the freeze"
    )
    return f"PROVED: {_equal(verified)}; {worth}. Next: {following}."


# --- on which database the application works ---------------------------------------------------------------

_WORKS: t.Final = {
    "open": "The application works on the source; no cut-over has begun.",
    "begun": "The cut-over has begun and not ended: run cutover again to finish it, or rollback to go back.",
    "aborting": "The abort has begun and not ended: run abort again.",
    "aborted": "The application works on the source again; the target keeps what was loaded.",
    "rolling_back": "The roll-back has begun and not ended: run rollback again.",
    "turning_back": "The roll-back has begun and not ended: run rollback again.",
    "rolled_back": "The application works on the source again; the target keeps its rows.",
}


def _works(facts: Facts) -> str:
    parts = [_WORKS.get(facts.get("state", ""), "NOT PROVED: on which database the application works.")]
    parts += _accepted(facts)
    lost = facts.get("lost") or []
    if lost:
        parts.append(
            f"Lost, as cutover_accept_loss says: {'; '.join(lost[:5])}{' and more' if len(lost) > 5 else ''}."
        )
    return " ".join([*parts, _answers(facts)])


_UNSEEN: t.Final = "The cut-over is done. NOT PROVED: that the application works on PostgreSQL, since"


def _moved(facts: Facts) -> str:
    """After a cut-over: where each service works, by its sessions, or that nobody has asked."""
    if facts.get("state") != "done":
        return _works(facts)
    findings = facts.get("findings")
    where = "The application works on PostgreSQL."
    if findings is None:
        where = f"{_UNSEEN} the phase smoke has not run."
    elif not any(one["works"] for one in findings):
        where = f"{_UNSEEN} it was asked for the sessions of no service (cutover_services)."
    parts = [where, *_accepted(facts)]
    proved = [f"{one['name']}: {', '.join(one['proved'])}" for one in findings or () if one["proved"]]
    lacking = [
        f"{one['name']}: {', '.join(one['not_proved'])}" for one in findings or () if one["not_proved"]
    ]
    kratos = facts.get("kratos") or []
    if proved or kratos:
        parts.append(f"PROVED: {'; '.join([*proved, *kratos])}.")
    if lacking:
        parts.append(f"NOT PROVED: {'; '.join(lacking)}.")
    if facts.get("wrote"):
        parts.append("The checks have written to PostgreSQL: a roll-back loses that.")
    elif findings is not None:
        parts.append("The checks have written nothing: a roll-back loses nothing until somebody writes.")
    return " ".join(parts)


def _accepted(facts: Facts) -> list[str]:
    accepted = facts.get("accepted") or []
    if not accepted:
        return []
    return [
        f"NOT PROVED, and accepted by cutover_accept_unfrozen: {'; '.join(accepted)}. Rows written to the source since "
        "the proof are on the source alone."
    ]


def _answers(facts: Facts) -> str:
    if facts.get("silent"):
        return "NOT PROVED: that it answers, since cutover_smoke_checks is empty."
    if facts.get("smoke") is None:
        return "NOT PROVED: that it answers, since the phase smoke has not run."
    return f"PROVED: it answers, as {facts['smoke']} of cutover_smoke_checks say."


def _rehearsed(facts: Facts) -> str:
    done = _done("the target as it was before")(facts)
    verified = facts.get("verified")
    if not verified or verified.get("verdict") != "equal":
        return f"NOT PROVED: the phase verify has not run. {done}"
    return (
        f"REHEARSED: {_equal(verified)}, of one moment of a source in use. NOT PROVED: anything of the migration to "
        f"come but that its values fit and how long it takes. {done}"
    )


def _done(what: str) -> t.Callable[[Facts], str]:
    def line(facts: Facts) -> str:
        done = facts.get("done")
        if done is None:
            return f"NOT DONE: {what}, since its phase has not run."
        return f"Done: {'; '.join(done) if done else f'nothing, {what} already'}."

    return line


def _asked(not_run: str, proved: str, following: str = "preflight") -> t.Callable[[Facts], str]:
    """Of a playbook that only asks."""

    def line(facts: Facts) -> str:
        return (
            f"NOT PROVED: {not_run}" if facts.get("done") is None else f"PROVED: {proved} Next: {following}."
        )

    return line


def _made(facts: Facts) -> str:
    if facts.get("done") is None:
        return "NOT DONE: the schema, since its phase has not run."
    return f"Done: {'; '.join(facts['done'])}. NOT PROVED: anything of values, since none was moved. Next: preflight."


_LINES: t.Final[dict[str, t.Callable[[Facts], str]]] = {
    "migrate": _verified,
    "verify": _verified,
    "rehearse_copy": _verified,
    "rehearse": _rehearsed,
    "cutover": _moved,
    "abort": _works,
    "rollback": _works,
    "inventory_check": _asked(
        "the phase inventory_check has not run.",
        "whatever the inventory names was asked and answered, as of now. NOT PROVED: anything of rows and values.",
    ),
    "preflight": _asked(
        "the phase preflight has not run.",
        "nothing that was asked would stop a migration. NOT PROVED: anything of values, since none was moved.",
        "migrate",
    ),
    "baseline": _made,
    "reset": _done("the target as it was before the load"),
    "cleanup": _done("ledger and chunk files removed"),
    "remove_copy": _done("the private server of the copy removed"),
    "provision": _answers,
    "prepare_target": _asked(
        "that a migration finds the target as it has to be, since the phase preflight has not run.",
        "the target has its tables, and nothing that was asked would stop a migration into them. NOT PROVED: anything "
        "of values, which preflight looks at.",
    ),
}


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"last_line": last_line}
