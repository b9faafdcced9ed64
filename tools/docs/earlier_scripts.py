# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/earlier-scripts.md: faults of the scripts that moved the platform before, and the tests that show them gone."""

from __future__ import annotations

from dataclasses import dataclass

from tools.docs.proofs import Proof, cell, matrix, misfits, tests

MAIN = "engine/test_main_job.py"
BAD = "engine/test_bad_input.py"
CATALOG = "engine/test_catalog.py"
RESUME = "engine/test_resume.py"
TAMPER = "engine/test_tampering.py"
TRAPS = "engine/test_traps.py"
PLANNER = "unit/engine/test_planner.py"
OPERATOR = "playbooks/test_operator.py"
SECURITY = "security/test_playbooks.py"
FROZEN = "faults/test_frozen.py"


@dataclass(frozen=True)
class Fault:
    """One fault, numbered as in the review of those scripts, and what happens here."""

    number: int
    fault: str
    here: str
    proofs: tuple[Proof, ...]


FAULTS = (
    Fault(
        1,
        "every line feed became a blank, every carriage return was deleted",
        "every byte arrives",
        (
            *matrix("VARCHAR(200) to text", "LONGTEXT to text"),
            *tests(MAIN, "test_two_drivers_find_every_row_on_the_target"),
        ),
    ),
    Fault(
        2,
        "whiteboards arrived as base64 of the wrong bytes",
        "base64 of the real zlib bytes, proved by the inverse",
        tests(
            MAIN,
            "test_two_drivers_find_every_row_on_the_target",
            "test_every_value_that_a_rule_changed_is_listed",
        ),
    ),
    Fault(
        3,
        "bytes in other text columns, a NUL in text",
        "found by the scan before the load",
        misfits("nul_character", "invalid_bytes"),
    ),
    Fault(
        4,
        "'' in uuid columns, NOT NULL ones too",
        "NULL by rule where allowed, else refused",
        misfits("empty_string"),
    ),
    Fault(
        5,
        "foreign keys switched off and never validated",
        "orphans are found in the source, keys are validated",
        (
            *tests(TRAPS, "test_orphans_and_broken_checks_are_found_in_the_source"),
            *tests(MAIN, "test_no_key_index_or_trigger_is_missing"),
        ),
    ),
    Fault(
        6,
        "tables that the target lacks were skipped",
        "refused by name",
        tests(PLANNER, "test_a_missing_target_table_is_a_problem"),
    ),
    Fault(
        7,
        "tables of the target without a source were emptied",
        "refused by name",
        tests(PLANNER, "test_a_missing_source_table_is_a_problem"),
    ),
    Fault(
        8,
        "TRUNCATE … CASCADE emptied tables that were loaded before",
        "all rows of Kratos arrive",
        tests(
            MAIN,
            "test_the_report_counts_what_the_drivers_count",
            "test_two_drivers_find_every_row_on_the_target",
        ),
    ),
    Fault(
        9,
        "rows were counted by estimates, and nothing compared",
        "both servers hash every row",
        tests(
            TAMPER,
            "test_a_deleted_and_an_added_row_are_found_in_every_table",
            "test_one_changed_value_is_found_in_every_column_of_every_table",
        ),
    ),
    Fault(
        10,
        "one connection per table, no snapshot",
        "one moment for all readers",
        tests(FROZEN, "test_several_readers_see_one_moment_of_a_source_that_goes_on"),
    ),
    Fault(
        11,
        "TIMESTAMP in the session's time zone",
        "every session in UTC",
        matrix("TIMESTAMP(0) to timestamp", "TIMESTAMP(6) to timestamptz"),
    ),
    Fault(
        12,
        "JSON that jsonb refuses later",
        "found by the scan for jsonb",
        misfits("json_nul", "json_surrogate"),
    ),
    Fault(
        13,
        "seed rows stayed in tables without a file",
        "declared, emptied, and put back by the reset",
        (
            *tests(MAIN, "test_the_seed_rows_of_the_target_gave_way"),
            *tests("security/test_reset.py", "test_a_finished_load_is_taken_back_and_can_be_done_again"),
        ),
    ),
    Fault(
        14,
        "nobody checked the last migration of the source",
        "columns that differ are refused, and invariants name the last migration",
        (
            *tests(PLANNER, "test_missing_columns_are_problems_on_either_side"),
            *tests("engine/test_misfits.py", "test_all_misfits_are_named_in_one_refusal"),
        ),
    ),
    Fault(
        15,
        "identity columns were forgotten, empty tables began at 2",
        "every counter goes on where the source would",
        tests(CATALOG, "test_the_next_value_of_a_counter"),
    ),
    Fault(
        16,
        "a failed load ended without a message",
        "one line that names table, row and remedy",
        tests("security/test_messages.py", "test_a_row_that_the_target_refuses_is_named_without_its_values"),
    ),
    Fault(
        17,
        "a failed load left the target half loaded",
        "the same command goes on, or the reset takes it back",
        (
            *tests(RESUME, "test_a_load_killed_at_several_moments_ends_the_same"),
            *tests("security/test_reset.py", "test_a_load_killed_at_a_known_place_is_taken_back"),
        ),
    ),
    Fault(
        18,
        "errors never changed the exit code",
        "the verdict is the exit status",
        tests(OPERATOR, "test_verify_names_what_differs", "test_bad_input_gets_one_line"),
    ),
    Fault(
        19,
        "a cut export passed for a whole one; NULL rows above the packet",
        "counted, hashed, and NULL rows are refused",
        (
            *tests(TRAPS, "test_values_larger_than_max_allowed_packet"),
            *tests(RESUME, "test_a_damaged_chunk_is_named_before_its_first_row_is_loaded"),
        ),
    ),
    Fault(
        20,
        "success was the absence of the word error",
        "the servers' own sums decide",
        tests(OPERATOR, "test_verify_names_what_differs", "test_verify_is_content_again"),
    ),
    Fault(
        21,
        "passwords on command lines, a superuser needed",
        "neither",
        (
            *tests(SECURITY, "test_nothing_secret_is_seen_while_a_migration_runs"),
            *tests(BAD, "test_a_plain_owner_without_superuser_rights_is_enough"),
        ),
    ),
    Fault(
        22,
        "personal values in clear in files that stayed",
        "a run directory of mode 0700, optional encryption, a clean-up",
        (
            *tests(MAIN, "test_only_the_owner_can_read_the_run_directory"),
            *tests(SECURITY, "test_cleanup_refuses_half_done_work_and_shows_what_it_removes"),
        ),
    ),
    Fault(
        23,
        "every file twice on disk, one thread",
        "packed chunks, read and loaded by several workers",
        tests(RESUME, "test_workers_and_chunks_leave_no_trace_in_the_evidence"),
    ),
    Fault(
        24,
        "names of variables in the guide that no script read",
        "every role says what it takes",
        tests(
            "playbooks/test_collection.py",
            "test_role_defaults_are_what_the_specification_says",
            "test_module_is_documented",
        ),
    ),
    Fault(
        25,
        "no ANALYZE, no resume, no way back, no checks of the target",
        "all of them",
        (
            *tests(CATALOG, "test_every_table_has_fresh_statistics"),
            *tests(BAD, "test_a_target_that_is_not_utf8", "test_a_target_that_holds_rows"),
            *tests("engine/test_readiness.py", "test_all_problems_of_the_target_come_at_once"),
        ),
    ),
    Fault(
        26,
        "only containers on the same host",
        "source and target are addresses",
        tests(OPERATOR, "test_migrates"),
    ),
    Fault(
        27,
        "words and backticks in the content were rewritten",
        "values are never text of a statement",
        matrix("LONGTEXT to text"),
    ),
    Fault(
        28,
        "microseconds, zones and \\N were lost in JavaScript",
        "converted by the servers",
        matrix("DATETIME(6) to timestamp", "VARCHAR(200) to text"),
    ),
)

_HEAD = """<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made by "python -m tools.docs" from tools/docs/earlier_scripts.py. -->

# Faults of the scripts before

The platform was moved once with shell scripts and CSV files. This is what was wrong with them, and the tests which
show that it is not so here. *Matrix* and *misfits* mean the same as in [traps](traps.md).

| no. | fault | here | test |
| --- | --- | --- | --- |
"""


def render() -> str:
    """The page."""
    lines = [
        f"| {fault.number} | {cell(fault.fault)} | {cell(fault.here)} | "
        f"{cell(', '.join(proof.text for proof in fault.proofs))} |\n"
        for fault in FAULTS
    ]
    return _HEAD + "".join(lines)
