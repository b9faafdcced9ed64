# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting: each comparison of two counts left out, by the dump, the load, the proof and the manifest."""

from __future__ import annotations

from tools.mutations.mutation import Part

_UTILS = "plugins/module_utils"
_COUNTS = "engine/test_counts.py"
_counting = Part("counting", _UTILS, _COUNTS).broken


_OTHERWISE = "test_a_step_that_counts_otherwise_is_in_the_verdict"
_FORGED = "test_a_forged_chunk_with_the_right_hash_is_found"

ALL = (
    _counting(
        "the scan may miss rows of the source",
        "_scan/survey",
        "if found.rows + found.filtered != found.counted:",
        "if False:",
        "test_a_hole_between_the_ranges_stops_the_scan",
    ),
    _counting(
        "a range may be read with other rows than were scanned",
        "_move/dump",
        "            if chunk.rows != chunk.scanned:\n                what",
        "            if False:\n                what",
        "test_a_reader_that_gets_fewer_rows_stops_the_dump",
    ),
    _counting(
        "the list of altered values may be cut",
        "_scan/altered",
        "return listed <= misfit.count <= max(1, checks) * listed",
        "return listed <= misfit.count",
        "test_a_list_of_altered_values_that_is_cut_stops_the_dump",
    ),
    _counting(
        "sums of mode live may be of fewer rows",
        "_move/dump",
        "            if total.rows != rows:\n",
        "            if False:\n",
        "test_in_mode_live_so_do_sums_of_fewer_rows",
    ),
    _counting(
        "the source is counted along the index of its ranges",
        "_bound/counts",
        'hint = f" IGNORE INDEX ({quoting.identifier(table.range_index)})" if table.range_index else ""',
        'hint = f" FORCE INDEX ({quoting.identifier(table.range_index)})" if table.range_index else ""',
        "test_the_count_of_the_source_knows_neither_ranges_nor_their_index",
    ),
    _counting(
        "the proof does not compare ledger and dump",
        "_bound/counts",
        "                self.ledger == self.dumped,\n",
        "                True,\n",
        _OTHERWISE,
    ),
    _counting(
        "the proof does not compare target and ledger",
        "_bound/counts",
        "                self.target == self.ledger,\n",
        "                True,\n",
        _OTHERWISE,
    ),
    _counting(
        "the proof does not compare the source's sums and the dump",
        "_bound/counts",
        "                self.summed_source == self.dumped,\n",
        "                True,\n",
        "test_the_same_rows_left_out_of_both_sums_are_in_the_verdict",
    ),
    _counting(
        "the proof does not compare the target's sums and its count",
        "_bound/counts",
        "                self.summed_target == self.target,\n",
        "                True,\n",
        "test_a_hole_between_the_pages_of_the_target_is_in_the_verdict",
    ),
    _counting(
        "gaps are no part of the verdict",
        "_prove/verify",
        "        self.found.problems += self.totals.gaps()\n",
        "",
        _OTHERWISE,
    ),
    _counting(
        "the target is counted by its sums alone",
        "_prove/totals",
        "target=self.counted.get(place, summed),",
        "target=summed,",
        "test_a_hole_between_the_pages_of_the_target_is_in_the_verdict",
    ),
    _counting(
        "a manifest may count otherwise than the scan",
        "_run/manifest",
        "            if chunk.sha256 and chunk.rows != chunk.scanned:",
        "            if False:",
        _FORGED,
    ),
    _counting(
        "a manifest may have lost rows of the source",
        "_run/manifest",
        "        if table.scanned + table.filtered != table.counted:",
        "        if False:",
        "unit/engine/test_run_directory.py::test_a_manifest_whose_counts_disagree_is_refused",
    ),
    _counting(
        "a ledger with other rows is the snapshot's",
        "_bound/loaded",
        "others = sorted({place for place in have if wanted.get(place) != have[place]})",
        "others = sorted({place for place in have if place not in wanted})",
        "test_a_ledger_that_lies_is_refused_by_the_load",
    ),
    _counting(
        "a complete load may lack a chunk of the snapshot",
        "_bound/loaded",
        "missing = sorted(set(wanted) - set(have)) if whole else []",
        "missing: list[tuple[str, int]] = []",
        "engine/test_dumped_again.py::test_nor_is_one_that_lacks_a_chunk_of_it",
    ),
    _counting(
        "the proof does not look at the ledger's chunks",
        "_prove/verify",
        "                lambda: loaded.check(connection, plan, found, whole=True),\n",
        "",
        "engine/test_place_tampering.py::test_on_the_target",
    ),
    _counting(
        "two dumps are taken for one",
        "_run/manifest",
        "        if (found.mode, found.position) != (manifests[0].mode, manifests[0].position):",
        "        if found.mode != manifests[0].mode:",
        "engine/test_dumped_again.py::test_two_databases_of_two_dumps_are_not_taken_for_one",
    ),
    _counting(
        "rows that a reset put back are not counted",
        "_postgresql/before",
        "            if back != kept:",
        "            if False:",
        "security/test_reset.py::test_seed_rows_that_do_not_all_come_back_stop_the_reset",
    ),
    _counting(
        "rows gone since the load are no loss",
        "_bound/changes",
        "Change(database, table, written, loaded - (rows - written))",
        "Change(database, table, written, 0)",
        "engine/test_changes.py",
    ),
    _counting(
        "rows written since the load are no loss",
        "_bound/changes",
        "Change(database, table, written, loaded - (rows - written))",
        "Change(database, table, 0, loaded - (rows - written))",
        "engine/test_changes.py",
    ),
)
