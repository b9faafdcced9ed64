# SPDX-License-Identifier: GPL-3.0-or-later
"""Several moves into one database of the target: each keeps to itself, and all go together."""

from tools.mutations.mutation import Mutation

_ENGINE = "plugins/module_utils"
_TESTS = "engine/test_two_schemas.py"

ALL = (
    Mutation(
        "schemas: two databases may go into one",
        f"{_ENGINE}/_move/transform.py",
        "        if [target, schema] in targets[:place]:\n",
        "        if False:\n",
        (f"{_TESTS}::test_two_databases_do_not_go_into_one_schema",),
    ),
    Mutation(
        "schemas: a key into another one is looked up in the wrong database",
        f"{_ENGINE}/_scan/references.py",
        "_Parent(other.source_name, there, own=False)",
        "_Parent(plan.source_name, there, own=False)",
        (f"{_TESTS}::test_both_arrive_in_one_run_and_are_proved",),
    ),
    Mutation(
        "schemas: one is reset before the next",
        f"{_ENGINE}/_move/reset.py",
        "                job.reset([target for target in job.open if target.database == name])\n",
        "                _ = [job.reset([target]) for target in job.open if target.database == name]\n",
        (f"{_TESTS}::test_a_finished_load_is_taken_back_and_can_be_done_again",),
    ),
    Mutation(
        "schemas: the clean-up looks at the first ledger alone",
        f"{_ENGINE}/_move/cleanup.py",
        'next((one for _book, one in mine if one.state != "complete"), None)',
        'next((one for _book, one in mine[:1] if one.state != "complete"), None)',
        (f"{_TESTS}::test_a_half_done_move_keeps_the_clean_up_away_from_both",),
    ),
    Mutation(
        "schemas: a ledger that was removed is not missed",
        f"{_ENGINE}/_bound/loaded.py",
        "    if state is None:\n        raise",
        "    if False:\n        raise",
        (f"{_TESTS}::test_a_ledger_that_somebody_removed_is_missed",),
    ),
)
