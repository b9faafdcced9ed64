# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions: each variable forgotten, the checks of server and channel left out."""

from __future__ import annotations

import re

from tools.mutations.mutation import CHECKOUT, Mutation

_SOURCE = "plugins/module_utils/_mysql"
_TARGET = "plugins/module_utils/_postgresql"
_DECIDED = "engine/test_session_variables.py"
_GUARDED = "engine/test_guarded_servers.py"
_CHANNELS = "security/test_channels.py"
_ONE_SERVER = "engine/test_one_server.py"


_OLD = {"show_old_temporals"}
"""Variables of MySQL 8.0 alone: no server here could notice."""


def _forgotten(file: str, test: str) -> tuple[Mutation, ...]:
    """Every variable of a table of settings under a name that no server has."""
    text = (CHECKOUT / file).read_text("utf-8")
    return tuple(
        Mutation(
            f"{file.split('/')[-2].strip('_')}: {match.group(2)} is not set",
            file,
            match.group(0),
            f'{match.group(1)}"no_{match.group(2)}"',
            (f"{_DECIDED}::{test}",),
        )
        for match in re.finditer(r'(Setting\(\s*)"(\w+)"', text)
        if match.group(2) not in _OLD
    )


ALL = (
    *_forgotten(f"{_SOURCE}/settings.py", "test_every_session_variable_of_the_source_is_decided_about"),
    *_forgotten(f"{_TARGET}/settings.py", "test_every_session_variable_of_the_target_is_decided_about"),
    Mutation(
        "the settings of the source are not seen to stand",
        f"{_SOURCE}/settings.py",
        "        if not stands(one, value):\n            raise",
        "        if False:\n            raise",
        (f"{_DECIDED}::test_what_an_account_may_not_set_is_refused_by_its_name",),
    ),
    Mutation(
        "the settings of the target are not seen to stand",
        f"{_TARGET}/settings.py",
        "    for name, value in different.items():\n        raise",
        "    for name, value in ():\n        raise",
        (f"{_DECIDED}::test_what_a_role_may_not_set_is_refused_by_its_name",),
    ),
    Mutation(
        "sql_select_limit stands as the server has it",
        f"{_SOURCE}/settings.py",
        '"sql_select_limit", str(2**64 - 1)',
        '"sql_select_limit", "7"',
        (f"{_GUARDED}::test_a_guard_of_the_source_loses_no_row",),
    ),
    Mutation(
        "row security hides rows",
        f"{_TARGET}/settings.py",
        'Setting("row_security", "off"',
        'Setting("row_security", "on"',
        (f"{_GUARDED}::test_rows_that_a_policy_hides_are_no_proof",),
    ),
    Mutation(
        "the load reads only by default",
        f"{_TARGET}/settings.py",
        'Setting("default_transaction_read_only", "off"',
        'Setting("default_transaction_read_only", "on"',
        (f"{_GUARDED}::test_a_role_that_reads_only_by_default_loads",),
    ),
    Mutation(
        "any address is local",
        "plugins/module_utils/_channels.py",
        "return bool(addresses) and all(is_loopback(address) for address in addresses)",
        "return True",
        (_CHANNELS,),
    ),
    Mutation(
        "a name with one local address is local",
        "plugins/module_utils/_channels.py",
        "return bool(addresses) and all(is_loopback(address) for address in addresses)",
        "return any(is_loopback(address) for address in addresses)",
        (
            f"{_CHANNELS}::test_a_name_is_local_when_all_of_its_addresses_are",
            f"{_CHANNELS}::test_a_name_with_one_far_address_is_far",
        ),
    ),
    Mutation(
        "the source's clear-text plugins are answered",
        "plugins/module_utils/_channels.py",
        "    if channel.guarded:\n        return {}",
        "    if channel:\n        return {}",
        (f"{_CHANNELS}::test_no_plugin_of_clear_text_is_answered",),
    ),
    Mutation(
        "the target's request for a clear password is answered",
        "plugins/module_utils/_channels.py",
        '"require_auth": _ANY_REQUEST if self.guarded else "!password",',
        '"require_auth": _ANY_REQUEST,',
        (f"{_CHANNELS}::test_no_request_for_a_clear_password_is_answered",),
    ),
    Mutation(
        "libpq may ask for another address than the judged one",
        "plugins/module_utils/_channels.py",
        '"hostaddr": ",".join(self.addresses),',
        '"hostaddr": "",',
        (f"{_CHANNELS}::test_the_address_that_was_judged_is_the_one_that_is_called",),
    ),
    Mutation(
        "libpq reads the operator's environment",
        f"{_TARGET}/connection.py",
        'if name.startswith("PG")}',
        'if name.startswith("NO_PG")}',
        ("engine/test_hostile_settings.py::test_hostile_in_the_environment_of_the_operator",),
    ),
    Mutation(
        "a literal of the target trusts standard_conforming_strings",
        f"{_TARGET}/quoting.py",
        'if "\\\\" in value',
        'if "\\\\\\\\\\\\" in value',
        (
            f"{_GUARDED}::test_a_literal_means_the_same_whatever_the_setting",
            f"{_GUARDED}::test_a_comment_executes_nothing",
        ),
    ),
    *(
        Mutation(
            f"a session of the {side} is not seen to be on the run's server",
            f"plugins/module_utils/_{kind}/identity.py",
            "    if login.server is not None and ",
            "    if login.server is ... and ",
            (f"{_ONE_SERVER}::test_no_session_of_a_run_is_on_another_server",),
        )
        for side, kind in (("source", "mysql"), ("target", "postgresql"))
    ),
    Mutation(
        "a pooler of the source is not seen",
        f"{_SOURCE}/identity.py",
        "    if number % 2**32 != int(connection.thread_id()) % 2**32:\n",
        "    if False:\n",
        (f"{_ONE_SERVER}::test_a_pooler_of_the_source_is_named",),
    ),
    Mutation(
        "a pooler of the target is not seen",
        f"{_TARGET}/identity.py",
        "    if number != connection.info.backend_pid:\n",
        "    if False:\n",
        (f"{_ONE_SERVER}::test_a_pooler_of_the_target_is_named_and_keeps_nothing_of_ours",),
    ),
    Mutation(
        "a replica is a target",
        f"{_TARGET}/identity.py",
        "    if replica:\n",
        "    if False:\n",
        (f"{_ONE_SERVER}::test_a_replica_is_no_target",),
    ),
)
