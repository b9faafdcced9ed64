# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate of the cut-over and the freeze: each question not asked, each refusal left out."""

from __future__ import annotations

from tools.mutations.mutation import Part

_ROOM = "plugins/module_utils/_operate"
_GATE = "engine/test_gate.py"
_gate = Part("gate", _ROOM, _GATE).broken


_WITHOUT = "test_without_a_report_or_with_one_that_says_different_nothing_is_asked"
_OTHER = "test_a_report_of_another_run_or_of_an_older_dump_is_none"
_TARGET = "test_a_target_that_is_not_what_was_proved_shuts_it_whatever_is_accepted"

ALL = (
    _gate(
        "a report that says different is enough",
        "gate",
        'if report.get("verdict") != "equal" or "proof" not in report:',
        'if "proof" not in report:',
        _WITHOUT,
    ),
    _gate(
        "another run's report is taken",
        "gate",
        'if self.report["run_id"] != self.run.run_id():',
        "if False:",
        _OTHER,
    ),
    _gate(
        "another snapshot's report is taken",
        "gate",
        'if len(manifests) != databases or self.report["snapshot"]',
        'if len(manifests) != databases or ""',
        _OTHER,
    ),
    _gate(
        "a live proof is enough",
        "gate",
        'if proof["mode"] == "live":',
        'if proof["mode"] == "":',
        "test_a_live_proof_takes_the_word_and_names_what_was_written_since",
    ),
    _gate(
        "kept sums are enough",
        "gate",
        'elif proof["source"] != "computed now":',
        "elif False:",
        "test_a_proof_by_kept_sums_takes_the_word_until_the_source_is_asked",
    ),
    _gate(
        "a source that is not asked is enough",
        "gate_servers",
        "        if login is None:\n            self.answers.risks.append(",
        "        if login is None:\n            str(",
        "test_a_source_that_is_not_asked_or_is_off_takes_the_word",
    ),
    _gate(
        "a source that is off is enough",
        "gate_servers",
        'self.answers.risks.append(f"The source cannot be asked: {error}")',
        "str(error)",
        "test_a_source_that_is_not_asked_or_is_off_takes_the_word",
    ),
    _gate(
        "the position is not compared",
        "gate_servers",
        "        if moved and not self.live:",
        "        if False:",
        "test_a_row_written_to_an_unfrozen_source_after_the_proof_shuts_it_whatever_is_accepted",
    ),
    _gate(
        "the tables of the source are not compared",
        "gate_servers",
        "if old.get(name) != new.get(name)\n",
        "if old.get(name) is new\n",
        "test_other_tables_or_rows_on_the_source_shut_it",
    ),
    _gate(
        "the rows of the source are not counted",
        "gate_servers",
        'if count != entries.get(table.name, {}).get("source_rows"):',
        "if count < 0:",
        "test_other_tables_or_rows_on_the_source_shut_it",
    ),
    _gate(
        "an unfrozen source is enough",
        "gate_servers",
        '        if not record or record.get("thawed"):\n',
        '        if record and record.get("thawed"):\n',
        "test_an_unfrozen_source_that_stood_still_takes_the_word",
    ),
    _gate(
        "a freeze that somebody undid holds",
        "gate_servers",
        "        if open_ways:\n",
        "        if not open_ways and remaining:\n",
        "test_a_freeze_that_somebody_undid_by_hand_takes_the_word",
    ),
    _gate(
        "sessions may remain",
        "gate_servers",
        "        if remaining:\n",
        "        if remaining and open_ways:\n",
        "test_a_session_that_remained_is_named_unless_its_user_only_reads",
    ),
    _gate(
        "the ledger may be another run's",
        "gate_servers",
        "    elif entry.run_id != found.run_id:",
        "    elif not entry.run_id:",
        _TARGET,
    ),
    _gate(
        "the load may be incomplete",
        "gate_servers",
        '    elif entry.state != "complete":',
        "    elif not entry.state:",
        _TARGET,
    ),
    _gate(
        "the ledger's chunks are not compared",
        "gate_servers",
        "    elif ledger.loaded_chunks(book) != found.written:",
        "    elif found.written is None:",
        _TARGET,
    ),
    _gate(
        "rows written to the target since are not counted",
        "gate_servers",
        "        if changes.any_of(counted.change):",
        "        if counted.change.written and counted.change.gone:",
        _TARGET,
    ),
    _gate(
        "the word opens it for whatever is refused",
        "gate_answers",
        "        if not self.refused and not risks:",
        "        if not risks:",
        _TARGET,
    ),
    _gate(
        "nobody has to accept a risk",
        "gate_answers",
        "risks = [] if accept_unfrozen else self.risks",
        "risks: list[str] = []",
        "test_an_unfrozen_source_that_stood_still_takes_the_word",
    ),
)
