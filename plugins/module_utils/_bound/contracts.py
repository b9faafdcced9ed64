# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The contracts of a run: what each schema of the target was when its load began, sealed with the run."""

from __future__ import annotations

import typing as t

from .._contract import contract
from .._contract.read import read
from .._errors import InputError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

    from .._contract.contract import Contract
    from .._postgresql.connection import Row
    from .._run.directory import RunDirectory
    from .._transform.plan import DatabasePlan


def take(connection: Connection[Row], plan: DatabasePlan) -> Contract:
    """The contract of the schema that `plan` loads, as it is now. Who may do what is the operator's, and not in it."""
    return read(connection, [plan.schema])


def keep(run: RunDirectory, taken: Mapping[str, Contract]) -> None:
    """Write `taken`, by the names of their plans, beside those of plans that it does not name."""
    kept = (run.read_optional(run.schema_contract, "load") or {}).get("databases", {})
    new = {name: one.as_json() for name, one in taken.items()}
    run.write(run.schema_contract, {"databases": {**kept, **new}})


def of(run: RunDirectory, plan: DatabasePlan) -> Contract:
    """What was kept for `plan`; raises InputError: nothing was, so that nothing can be compared; raises SealBroken."""
    found = run.read(run.schema_contract, "load").get("databases", {}).get(plan.name)
    if found is None:
        raise InputError(
            f"{run.schema_contract} has no contract of {plan.target}, so what the load changed cannot be told. "
            "Take the load back with the reset, and load again."
        )
    return contract.from_json(found, str(run.schema_contract))


__all__ = ("keep", "of", "take")
