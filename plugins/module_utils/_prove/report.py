# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The report of a verification: every table, every difference, and what its verdict is worth."""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import asdict

from .._run import journal
from .._transform.plan import CANONICAL_VERSION
from . import sums

if t.TYPE_CHECKING:
    from .._run.directory import RunDirectory
    from .differences import Difference
    from .totals import Verified

FORMAT: t.Final = 1
SOURCE_NOW: t.Final = "computed now"
SOURCE_KEPT: t.Final = "kept"


def report(
    found: Verified, differences: list[Difference], *, asked: bool, seconds: float
) -> dict[str, t.Any]:
    """The whole report, as docs/report.md describes it; `asked`: the source summed its rows for it."""
    run, bound = found.bound.run, found.bound
    places = list(found.totals.target)
    unequal = [place for place in places if not found.totals.equal(place)]
    verdict = "equal" if not unequal and not found.problems else "different"
    databases = [_database(found, number) for number in range(len(found.manifests))]
    verified = journal.now()
    return {
        "format": FORMAT,
        "run_id": run.run_id(),
        "plan": bound.fingerprint,
        "snapshot": found.snapshot,
        "verdict": verdict,
        "evidence_hash": evidence_hash(found, databases),
        "canonical_version": CANONICAL_VERSION,
        "verified": verified,
        "proof": proof(
            run,
            mode=found.manifests[0].mode,
            sums_of=found.sums_of,
            at_dump=found.manifests[0].position,
            at_verify=found.position,
            still_by=still_by(found),
            verified=verified,
        ),
        "seconds": seconds,
        "source": bound.source_catalog.server.version,
        "target": bound.target_catalog.server.version,
        # SHA-256 of the dump files, where the source is a copy
        "source_files": run.read(run.run, "inspect").get("source_files", {}),
        "source_sums": "computed now" if asked else "kept of the source",
        "databases": databases,
        "phases": journal.phases(run),
        "problems": found.problems,
        "differences": [one.to_report() for one in differences],
        "differences_from": "source" if asked else "snapshot",
        "shown": [str(one) for one in differences],
    }


def _database(whole: Verified, number: int) -> dict[str, t.Any]:
    plan, found = whole.bound.databases[number], whole.manifests[number]
    tables = []
    for table in plan.tables:
        place = number, table.name
        target = whole.totals.target[place]
        rows, digest = whole.totals.of_source(place)
        tables.append(
            {
                "name": table.name,
                "equal": whole.totals.equal(place),
                "source_rows": rows,
                "target_rows": target.rows,
                "counts": whole.totals.counts(place).to_json(),
                "source_sum": digest,
                "target_sum": target.digest(),
                "columns": len(table.columns),
                "compared_outside": [column.target.name for column in sums.json_columns(table)],
            }
        )
    return {
        "name": plan.name,
        "verdict": "equal" if all(entry["equal"] for entry in tables) else "different",
        "tables": len(tables),
        "rows": sum(entry["target_rows"] for entry in tables),
        "bytes": found.bytes,
        "alterations": sum(found.alterations.values()),
        "filtered": sum(table.filtered for table in found.tables.values()),
        "alteration_rules": found.alterations,
        "skipped": list(plan.skipped),
        "leftovers": list(plan.leftovers),
        "notices": list(plan.notices),
        "passed_by": whole.passed_by[plan.name],
        "untested_before_the_load": found.untested,
        "table_results": tables,
    }


def evidence_hash(found: Verified, databases: list[dict[str, t.Any]]) -> str:
    """SHA-256 over what was proved, and nothing about how, when or where."""
    schemas = [
        asdict(found.bound.target_catalog.of(plan.target_name, plan.schema)) for plan in found.bound.databases
    ]
    facts = {
        "canonical_version": CANONICAL_VERSION,
        "databases": [
            {
                "name": database["name"],
                "alterations": database["alteration_rules"],
                "tables": [
                    [entry[key] for key in ("name", "source_rows", "target_rows", "source_sum", "target_sum")]
                    for entry in database["table_results"]
                ],
                "constraints": [
                    [
                        table["name"],
                        table["indexes"],
                        table["foreign_keys"],
                        table["checks"],
                        table["triggers"],
                    ]
                    for table in schema["tables"].values()
                ],
            }
            for database, schema in zip(databases, schemas, strict=True)
        ],
        "problems": found.problems,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def proof(
    run: RunDirectory,
    *,
    mode: str,
    sums_of: str | None,
    at_dump: dict[str, t.Any],
    at_verify: dict[str, t.Any] | None,
    still_by: str | None,
    verified: str,
) -> dict[str, t.Any]:
    """`report["proof"]`: what was compared, and what held while it was.

    `mode`                `frozen` or `live`, of the dump
    `source`              `computed now`: the source hashed its rows in this verification; `kept`: it was not asked
    `sums_of`             when its sums were computed: now, or by the dump (mode live) or an earlier verification
    `position_at_dump`    what `_mysql.snapshot.position` said when the readers of the dump opened
    `position_at_verify`  the same of the moment whose rows the source hashed, `None` where it was not asked
    `still_by`            what proves that the source holds what was dumped, see `still_by`
    `frozen_since`        when the freeze of this run directory began, `None` where none is in force (freeze.json)
    `verified`            end of the verification

    Times are ISO 8601 in UTC. Beside it stand `run_id`, `plan` (`Plan.fingerprint`) and `snapshot`
    (`manifest.snapshot_fingerprint`): whoever acts on the report compares them with what there is now.
    """
    freeze = run.read_optional(run.freeze, "freeze") or {}
    return {
        "mode": mode,
        "source": SOURCE_NOW if at_verify is not None else SOURCE_KEPT,
        "sums_of": sums_of or verified,
        "position_at_dump": at_dump,
        "position_at_verify": at_verify,
        "still_by": still_by,
        "frozen_since": None if freeze.get("thawed") else freeze.get("frozen"),
        "verified": verified,
    }


def still_by(found: Verified) -> str | None:
    """What proves that the source holds what was dumped; `None` where it was not asked.

    `log`: the server's log, in which nothing was written. Else other databases were, or there is no log that tells,
    and it is the rows: `sums`, all of one moment, or `sums of parts`, where the account may not lock tables.
    """
    if found.position is None:
        return None
    if found.logged_nothing:
        return "log"
    return "sums" if found.one_moment else "sums of parts"


def worth(found: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same for a module's result: without positions, and with `copy`, whether the source is a restored one."""
    kept = {key: value for key, value in found["proof"].items() if not key.startswith("position_")}
    return {**kept, "copy": bool(found.get("source_files"))}


__all__ = ("evidence_hash", "proof", "report", "worth")
