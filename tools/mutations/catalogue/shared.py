# SPDX-License-Identifier: GPL-3.0-or-later
"""A shared source server: what convicts and what acquits a table of ours, each forgotten."""

from __future__ import annotations

from tools.mutations.mutation import Part

_UTILS = "plugins/module_utils"
_shared = Part("shared", _UTILS, "faults/test_shared.py").broken

_WRITE = "test_a_write_to_a_table_of_ours_is_found_and_named_beside_a_neighbour"
_REVERTED = f"{_WRITE}[mysql with log-write_and_revert]"
_RESTARTED = f"{_WRITE}[mysql with log-update_and_restart]"
_WHOLE = "test_a_run_beside_a_neighbour_who_writes_is_proved_and_proved_again"
_LOG = "test_where_nobody_wrote_the_log_is_the_proof"

ALL = (
    _shared(
        "update times convict nobody",
        "_mysql/moment",
        "if new[name] != old.get(name))",
        "if name not in old and not new)",
        _REVERTED,
    ),
    _shared(
        "a log that goes on stands",
        "_mysql/moment",
        "return bool(before[log] == after[log])",
        "return True",
        _LOG,
    ),
    _shared(
        "the update times acquit an unfrozen source at the gate",
        "_operate/gate_servers",
        "        elif frozen and not moment.doubtful(base, now):",
        "        elif not moment.doubtful(base, now):",
        _WHOLE,
    ),
    _shared(
        "the sums at the gate are not compared",
        "_operate/gate_values",
        "if now.digest() != proved.get(table.name):",
        "if not now.digest():",
        _RESTARTED,
    ),
    _shared(
        "the readers of a verification open at moments of their own",
        "_prove/verify",
        "                pool.open()\n",
        "                str(pool)\n",
        "test_a_transaction_that_ends_while_a_proof_works_is_after_its_one_moment",
    ),
    _shared(
        "the source is not asked again after it summed its rows",
        "_prove/verify",
        "                self.check_source(connection, self.found.position or {})",
        "                str(connection)",
        "test_a_write_while_a_proof_works_is_found_before_its_end",
    ),
    _shared(
        "the report says log whatever was logged",
        "_prove/verify",
        "self.found.logged_nothing &= bool(moment.log_stands(since, now))",
        "str(moment.log_stands(since, now))",
        _WHOLE,
    ),
    _shared(
        "sums of parts pass for those of one moment",
        "_prove/verify",
        "self.found.one_moment = locked",
        "self.found.one_moment = True",
        "test_without_locks_a_dump_beside_a_neighbour_asks_for_them_and_a_proof_says_so",
    ),
    _shared(
        "preflight does not listen to the log",
        "_operate/readiness",
        "if moment.log_stands(before, after) is False and",
        "if moment.log_stands(before, after) is None and",
        "test_preflight_says_that_other_databases_are_written_to",
    ),
)
