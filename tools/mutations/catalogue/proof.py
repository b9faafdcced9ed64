# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof: columns, hashes, schema and sequences left out of it, and verdicts that outlive what they are of."""

from __future__ import annotations

from tools.mutations.mutation import Mutation, Part

_UTILS = "plugins/module_utils"
_ENGINE = "engine"
_VALUES = f"{_ENGINE}/test_value_tampering.py"
_CHEAP = f"{_ENGINE}/test_tampering.py::test_changes_that_cheap_comparisons_miss_are_found"
_SCHEMA = f"{_ENGINE}/test_schema_tampering.py"
_VERDICT = f"{_ENGINE}/test_no_verdict.py"
_SOURCE_SQL = f"{_UTILS}/_transform/source_sql.py"
_TARGET_SQL = f"{_UTILS}/_transform/target_sql.py"
_IN_SOURCE = "parts = [canonical(column) for column in table.columns if not outside(column)]"
_IN_TARGET = "parts = [canonical(column) for column in table.columns if not outside(column)]"
_proof = Part("proof", _UTILS).broken


def _left_out(name: str, which: str) -> Mutation:
    """Both servers leave the same columns out of their hashes."""
    source, target = (
        text.replace("in table.columns", f"in table.columns{which}") for text in (_IN_SOURCE, _IN_TARGET)
    )
    other = (_TARGET_SQL, _IN_TARGET, target)
    return Mutation(f"proof: {name}", _SOURCE_SQL, _IN_SOURCE, source, (_CHEAP, _VALUES), (other,))


ALL = (
    _left_out("the last column of both hashes is left out", "[:-1]"),
    _left_out("the second column of both hashes is left out", "[:1] + table.columns[2:]"),
    _proof(
        "JSON does not enter the hash",
        "_prove/sums",
        'row.update(b"|N" if form is None else b"|" + hashlib.sha256(form).digest())',
        'row.update(b"|N" if form is None else b"|")',
        _CHEAP,
    ),
    _proof(
        "a JSON document that is NULL is like one that says null",
        "_prove/sums",
        'row.update(b"|N" if form is None else',
        'row.update(b"|" + hashlib.sha256(b"null").digest() if form is None else',
        _CHEAP,
    ),
    _proof(
        "rows without a hash leave the sums",
        "_prove/sums",
        "    if rows != hashes:\n",
        "    if False:\n",
        f"{_ENGINE}/test_counts.py::test_a_row_without_a_hash_is_never_equal",
    ),
    _proof(
        "a sum is of its rows alone",
        "_prove/sums",
        "        old = self.buckets.get(bucket, (0, 0, 0))\n",
        "        bucket, first, second = 0, 0, 0\n        old = self.buckets.get(bucket, (0, 0, 0))\n",
        _CHEAP,
    ),
    _proof(
        "every table agrees with the kept sums",
        "_prove/totals",
        "return self.kept[place] == (self.target[place].rows, self.target[place].digest())",
        "return self.kept[place][0] == self.target[place].rows",
        f"{_ENGINE}/test_without_source.py",
    ),
    _proof(
        "kept sums of another snapshot are taken",
        "_prove/kept_sums",
        "wanted = (run.run_id(), plan, snapshot, CANONICAL_VERSION)",
        "wanted = (run.run_id(), plan, found.snapshot, CANONICAL_VERSION)",
        f"{_VERDICT}::test_kept_sums_are_of_one_snapshot_and_one_version_of_the_forms",
    ),
    _proof(
        "kept sums of other canonical forms are taken",
        "_prove/kept_sums",
        "wanted = (run.run_id(), plan, snapshot, CANONICAL_VERSION)",
        "wanted = (run.run_id(), plan, snapshot, found.canonical_version)",
        f"{_VERDICT}::test_kept_sums_are_of_one_snapshot_and_one_version_of_the_forms",
    ),
    _proof(
        "an old verdict stands while a verification works",
        "_prove/report_file",
        '        run.set_report_aside("verify")',
        "        pass",
        f"{_VERDICT}::test_a_fault_in_any_step_leaves_no_verdict",
    ),
    _proof(
        "a verdict outlives the snapshot it is of",
        "_move/dump",
        '        self.run.set_report_aside("dump")\n',
        "",
        f"{_ENGINE}/test_dumped_again.py::test_a_dump_that_dies_after_it_began_leaves_no_verdict",
    ),
    _proof(
        "kept sums outlive the snapshot they are of",
        "_move/dump",
        "        self.run.sums.unlink(missing_ok=True)\n",
        "",
        f"{_ENGINE}/test_dumped_again.py",
    ),
    _proof(
        "problems are no part of the verdict",
        "_prove/report",
        'verdict = "equal" if not unequal and not found.problems else "different"',
        'verdict = "equal" if not unequal else "different"',
        f"{_SCHEMA}::test_a_verification_tells_what_it_was_and_what_it_is",
    ),
    _proof(
        "the schema is not looked at",
        "_prove/verify",
        "                lambda: check_schema(connection, plan, self.bound.target_catalog, before),\n",
        "",
        f"{_SCHEMA}::test_a_verification_tells_what_it_was_and_what_it_is",
    ),
    _proof(
        "the contract of the schema is not compared",
        "_bound/schema",
        "[*told, *of_contract(before, contracts.take(connection, plan), told)],",
        "[*told],",
        f"{_SCHEMA}::test_it_is_found_and_named",
    ),
    _proof(
        "definitions of a contract stay as they were first printed",
        "_contract/settled",
        "        if cast and elements:\n",
        "        if False:\n",
        f"{_ENGINE}/test_schema_contract.py::test_a_restored_dump_deviates_in_nothing",
    ),
    _proof(
        "what only the live schema has is no deviation",
        "_contract/compare",
        "    if old is None:\n        yield SURPLUS, None, new\n",
        "    if old is None:\n        return\n",
        f"{_ENGINE}/test_schema_contract.py::test_a_single_deviation_is_found",
    ),
    _proof(
        "what stands on a table is not compared",
        "_bound/schema",
        "    for name, value in table.properties:\n",
        "    for name, value in ():\n",
        f"{_SCHEMA}::test_it_is_found_and_named",
    ),
    _proof(
        "the indexes of a table are not compared",
        "_bound/schema",
        "    for index in table.indexes:\n",
        "    for index in ():\n",
        f"{_SCHEMA}::test_it_is_found_and_named",
    ),
    _proof(
        "the keys of a table are not compared",
        "_bound/schema",
        "    for key in table.foreign_keys:\n",
        "    for key in ():\n",
        f"{_SCHEMA}::test_it_is_found_and_named",
    ),
    _proof(
        "the checks of a table are not compared",
        "_bound/schema",
        "    for name, definition in table.checks:\n",
        "    for name, definition in ():\n",
        f"{_SCHEMA}::test_it_is_found_and_named",
    ),
    _proof(
        "surplus tables of the target are none",
        "_bound/schema",
        "sorted({*now.tables} - {*before.tables})",
        "sorted({*now.tables} - {*now.tables})",
        f"{_ENGINE}/test_other_tables.py::test_a_surplus_table_of_the_target_is_found",
    ),
    _proof(
        "tables that came to the source are none",
        "_prove/verify",
        '"came": sorted(set(new) - set(old)),',
        '"came": [],',
        f"{_ENGINE}/test_other_tables.py::test_what_became_of_a_table_of_the_source_is_found",
    ),
    _proof(
        "a source that moved is compared",
        "_prove/verify",
        "        if moved:\n            raise SourceMoved(\n",
        "        if moved and not moved:\n            raise SourceMoved(\n",
        f"{_ENGINE}/test_resume.py::test_a_write_between_dump_and_verification_is_refused",
    ),
    _proof(
        "sequences are not looked at",
        "_prove/verify",
        "            self.check_sequences(connection, plan, found)\n",
        "",
        f"{_ENGINE}/test_sequences.py::test_every_sequence_put_back_by_hand_is_found_by_name",
    ),
    _proof(
        "the source's own counter is not asked",
        "_bound/counters",
        "        counter = _counter(plan, counters, use, rising=up == (found.scale > 0))\n",
        "        counter = None\n",
        f"{_ENGINE}/test_sequences.py::test_the_counter_is_that_of_now_and_a_later_one_is_found",
    ),
    _proof(
        "a shared sequence is past the last of its columns alone",
        "_bound/counters",
        "            wanted = ahead(wanted, past)\n",
        "            wanted = past\n",
        f"{_ENGINE}/test_sequences.py::test_a_shared_sequence_is_past_the_rows_of_all_its_columns",
    ),
    _proof(
        "a sequence that falls is set as one that rises",
        "_bound/counters",
        "    ahead: t.Callable[..., t.Any] = max if up else min\n",
        "    ahead: t.Callable[..., t.Any] = max\n",
        f"{_ENGINE}/test_sequences.py",
    ),
    _proof(
        "invariants after the load are not asked",
        "_prove/verify",
        '                lambda: invariants.check_target(connection, plan, "after"),\n',
        "",
        f"{_ENGINE}/test_tampering.py::test_a_broken_invariant_is_named_beside_the_row",
    ),
)
