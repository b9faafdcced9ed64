# SPDX-License-Identifier: GPL-3.0-or-later
"""All mutations, by the part of the house they break. A new file of them is named here."""

from tools.mutations.catalogue import (
    counting,
    exactly_once,
    freezing,
    gate,
    proof,
    refusals,
    run_files,
    scan,
    schemas,
    sessions,
    shared,
    statements,
)
from tools.mutations.mutation import Mutation

ALL: tuple[Mutation, ...] = (
    *exactly_once.ALL,
    *counting.ALL,
    *proof.ALL,
    *statements.ALL,
    *refusals.ALL,
    *run_files.ALL,
    *sessions.ALL,
    *freezing.ALL,
    *gate.ALL,
    *shared.ALL,
    *scan.ALL,
    *schemas.ALL,
)
