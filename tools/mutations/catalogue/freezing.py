# SPDX-License-Identifier: GPL-3.0-or-later
"""The freeze: each of its refusals left out, each way in left open."""

from __future__ import annotations

from tools.mutations.mutation import Part

_UTILS = "plugins/module_utils"
_FREEZE = "engine/test_freeze.py"
_freeze = Part("freeze", _UTILS, _FREEZE).broken


_CROWD = "test_nobody_who_was_there_can_write_and_the_thaw_restores_each"

ALL = (
    _freeze(
        "what writes without a session is enough",
        "_operate/freeze",
        "        if obstacles:\n            raise NotFrozen(",
        "        if False:\n            raise NotFrozen(",
        "test_a_prepared_transaction_fails_the_freeze",
    ),
    _freeze(
        "replication is not seen",
        "_operate/freezing",
        "    if applies[0][0]:\n",
        "    if False:\n",
        "test_replication_that_writes_fails_the_freeze",
    ),
    _freeze(
        "prepared transactions are not seen",
        "_operate/freezing",
        'found = [f"the prepared XA transaction {name}" for name in _prepared(connection)]',
        "found: list[str] = []",
        "test_a_prepared_transaction_fails_the_freeze",
    ),
    _freeze(
        "the account of the freeze is locked too",
        "_operate/freeze",
        "        if (user, host.lower()) in names:\n",
        "        if False:\n",
        "test_the_account_of_the_freeze_is_never_locked",
    ),
    _freeze(
        "a variable that binds no administrator is enough",
        "_operate/freeze",
        "        if not self.accounts:\n            variable",
        "        if False:\n            variable",
        "test_without_accounts_or_the_right_for_the_variable_it_refuses",
    ),
    _freeze(
        "an account that sees itself alone is enough",
        "_operate/freeze",
        "        check_sees_all(self.connection, self.user)\n",
        "",
        "test_an_account_that_sees_only_itself_locks_nobody",
    ),
    _freeze(
        "accounts of other hosts are not locked",
        "_operate/freezing",
        'if users and (one.user in {*users, ""} or (one.user, one.host) in proxies)]',
        "if users and (one.user, one.host.lower()) in {account_name(name) for name in named}]",
        _CROWD,
    ),
    _freeze(
        "an account without a name is not locked",
        "_operate/freezing",
        'one.user in {*users, ""}',
        "one.user in users",
        _CROWD,
    ),
    _freeze(
        "who may act for the application is not locked",
        "_operate/freezing",
        "proxies = _proxies(connection, users) if users else set()",
        "proxies: set[tuple[str, str]] = set()",
        "test_who_may_act_for_the_application_is_locked_with_it",
    ),
    _freeze(
        "open sessions go on",
        "_operate/freeze",
        "            self.end_sessions(sorted({one.user for one in found if one.user}))\n",
        "            pass\n",
        "test_open_sessions_of_the_application_cannot_go_on",
        "test_a_session_that_remains_fails_a_freeze_by_locks",
    ),
    _freeze(
        "sessions that remain are enough",
        "_operate/freeze",
        "        while remaining := self.remaining():\n",
        "        while remaining := []:\n",
        "test_a_session_that_remains_fails_a_freeze_by_locks",
    ),
    _freeze(
        "events go on",
        "_operate/freeze",
        "        self.stop_scheduler()\n",
        "",
        "test_events_fail_a_freeze_by_locks_or_are_switched_off_and_on_again",
    ),
    _freeze(
        "events stay off after the thaw",
        "_operate/freeze",
        '    if record.get("event_scheduler") and not freezing.scheduler_runs(connection):\n',
        "    if False:\n",
        "test_events_fail_a_freeze_by_locks_or_are_switched_off_and_on_again",
    ),
    _freeze(
        "what was locked before is unlocked by the thaw",
        "_operate/freeze",
        "        if freezing.is_locked(connection, account) == (not was_locked):\n",
        "        was_locked = False\n        if freezing.is_locked(connection, account) == (not was_locked):\n",
        "test_what_was_locked_or_read_only_before_stays_so",
    ),
    _freeze(
        "a restart undoes it",
        "_operate/freezing",
        'query(connection, "SET PERSIST super_read_only = ON")',
        'query(connection, "SET GLOBAL super_read_only = ON")',
        "test_an_administrator_cannot_write_and_a_restart_does_not_help",
    ),
    _freeze(
        "the record is of any server",
        "_operate/freeze",
        '        if record and record.get("server") != server:\n',
        "        if False:\n",
        "engine/test_one_server.py::test_what_is_frozen_is_what_is_read_and_thawed",
    ),
)
