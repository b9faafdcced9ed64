# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledger, chunks and what was taken off: each exactly once."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_ENGINE = "plugins/module_utils"
_RESUME = "engine/test_resume.py"

ALL = (
    Mutation(
        "a chunk in the ledger is claimed again",
        f"{_ENGINE}/_postgresql/ledger.py",
        '"ON CONFLICT DO NOTHING RETURNING 1",',
        '"ON CONFLICT (table_name, number) DO UPDATE SET loaded = now() RETURNING 1",',
        ("engine/test_claim.py",),
    ),
    Mutation(
        "a chunk that the ledger refuses is loaded all the same",
        f"{_ENGINE}/_move/chunk_in.py",
        "                return False\n            session_path.as_the_application(",
        "                pass\n            session_path.as_the_application(",
        ("engine/test_claim.py",),
    ),
    Mutation(
        "the rows of a chunk are not counted",
        f"{_ENGINE}/_move/chunk_in.py",
        "if rows != chunk.rows:",
        "if rows != rows:",
        ("engine/test_claim.py",),
    ),
)
