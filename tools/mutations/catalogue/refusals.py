# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before anything is touched, and what a value is told from: each mended fault unmended again."""

from __future__ import annotations

from tools.mutations.mutation import Part

_LOOK_ALIKES = "engine/test_value_tampering.py"
_SILENCE = "engine/test_silence.py"
_refusal = Part("refusal", "plugins").broken


ALL = (
    _refusal(
        "bytes that do not come back are characters",
        "module_utils/_transform/charsets",
        'NO_CHARACTER: t.Final = f"({_STAND_IN} OR ({CHANGED} AND {SUBSTITUTED}))"',
        'NO_CHARACTER: t.Final = "(1 = 0)"',
        "types/test_charset_rules.py::test_bytes_without_a_character_are_named_by_key_and_column",
    ),
    _refusal(
        "characters that the server leaves out are none",
        "module_utils/_transform/charsets",
        'LEFT_OUT: t.Final = f"({_SHORTER})"',
        'LEFT_OUT: t.Final = "(1 = 0)"',
        "types/test_charsets.py",
    ),
    _refusal(
        "a zone that is UTC now passes for UTC",
        "module_utils/_transform/planner",
        "        if any(offset != 0 for offset in offsets):\n",
        "        if offsets[:1] != [0]:\n",
        "types/test_zones.py",
    ),
    _refusal(
        "one source column fills two target columns",
        "module_utils/_transform/planner",
        "        left = [other for other in there if other not in found.values()]\n",
        "        left = list(there)\n",
        "unit/engine/test_planner.py",
        "engine/test_passed_by.py",
    ),
    _refusal(
        "BC is AD",
        "module_utils/_transform/times",
        "f\" THEN {form} ELSE '!' || {{c}}::text END\"",
        'f" THEN {form} ELSE {form} END"',
        _LOOK_ALIKES,
    ),
    _refusal(
        "30 days are 720 hours",
        "module_utils/_transform/times",
        "    \" ELSE '!' || {c}::text END\"\n)\n\n\ndef of_our_era",
        '    f" ELSE {EPOCH} END"\n)\n\n\ndef of_our_era',
        _LOOK_ALIKES,
    ),
    _refusal(
        "an array of two dimensions is a list",
        "module_utils/_transform/pairs",
        "{c}, ',', 'N') THEN ':' ELSE '!' END\"",
        "{c}, ',', 'N') THEN ':' ELSE ':' END\"",
        _LOOK_ALIKES,
    ),
    _refusal(
        "a reset loses rows without a word",
        "module_utils/_move/reset",
        "        if not lost or self.accept_loss:\n",
        "        if not lost or not self.accept_loss:\n",
        "security/test_reset.py",
    ),
    _refusal(
        "a reset empties another run's load",
        "module_utils/_move/reset",
        "            if any(entry.run_id != self.run_id for _book, entry in found):\n                raise",
        "            if False:\n                raise",
        "security/test_reset.py::test_another_runs_load_is_not_touched",
    ),
    _refusal(
        "a reset does not care how tables have changed",
        "module_utils/_move/reset",
        "            [line for line in found if _LASTING.match(line)],\n",
        "            [],\n",
        "security/test_reset.py::test_tables_that_the_application_changed_later_are_left_alone",
    ),
    _refusal(
        "a database is a copy although no restore made it",
        "module_utils/_mysql/restored",
        "    if not query(connection, marks):\n        return None\n",
        "    if not query(connection, marks):\n        return Restored('', '', False)\n",
        "copies/test_restore.py::test_a_database_that_no_restore_made_is_refused_and_stays",
    ),
    _refusal(
        "a half restored database is a source",
        "module_utils/_mysql/restored",
        "        if restored is not None and not restored.complete:\n",
        "        if False:\n",
        "copies/test_restore.py::test_a_half_restored_database_is_no_source",
    ),
    _refusal(
        "a misspelt variable is nobody's",
        "plugin_utils/_variables",
        "    if known.concerns(name):\n",
        "    if False:\n",
        "unit/variables/test_variables.py",
    ),
    _refusal(
        "a misspelt key of a variable is nobody's",
        "plugin_utils/_variables",
        "        yield from _foreign_keys(name, value, known.variables[name])\n",
        "        yield from ()\n",
        "unit/variables/test_variables.py",
    ),
    _refusal(
        "a lock on the source is waited for without end",
        "module_utils/_mysql/waits",
        '    if state.startswith("Waiting for") and ("lock" in state or "flush" in state):\n',
        "    if False:\n",
        f"{_SILENCE}::test_the_lock_of_another_session_on_the_source_is_named",
    ),
    _refusal(
        "an answer of the source that was lost is waited for without end",
        "module_utils/_mysql/waits",
        "    if not _waits.still_on_the_way(link.fileno()):\n",
        "    if False:\n",
        f"{_SILENCE}::test_a_connection_whose_answers_are_lost_is_told_from_a_server_that_works",
    ),
    _refusal(
        "a lock that nobody lets go of is a load that cannot be done",
        "module_utils/_move/rehearsal",
        "        if postgresql.broke_off(error.__cause__) or _waits.gave_up(connection):\n",
        "        if False:\n",
        f"{_SILENCE}::test_the_lock_of_another_session_on_the_target_is_named",
    ),
)
