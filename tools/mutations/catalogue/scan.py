# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scan asks of the source in the target's name, and what it leaves to a trial: each difference forgotten."""

from __future__ import annotations

from tools.mutations.mutation import Part

_UTILS = "plugins/module_utils"
_constructs = Part("scan", _UTILS, "engine/test_constructs.py").broken
_schemas = Part("scan", _UTILS, "engine/test_same_meaning.py").broken
_demands = Part("scan", _UTILS, "engine/test_other_demands.py").broken
_reads = Part("scan", _UTILS, "engine/test_rows_read.py").broken
_trial = Part("scan", _UTILS, "engine/test_trial.py").broken

_SAME = "test_each_construct_means_the_same_for_every_row"
_RANDOM = "test_what_the_scan_says_of_random_constraints_is_what_postgresql_does"
_OTHERS = "test_what_postgresql_refuses_is_found_or_listed"
_NAMED = "test_it_is_listed_with_its_definition_and_a_full_trial_names_the_row"
_SAMPLE = "test_a_sample_finds_what_is_in_it_and_calls_nothing_tested_that_it_did_not_try"

ALL = (
    _constructs(
        "text is compared by the source's collation",
        "_scan/leaf",
        'return f"CAST({self.sql} AS BINARY)"',
        "return self.sql",
        _SAME,
    ),
    _constructs(
        "lengths are counted in bytes",
        "_scan/meaning",
        'return _joined(f"CHAR_LENGTH({text.sql})"',
        'return _joined(f"LENGTH({text.sql})"',
        _SAME,
    ),
    _constructs(
        "small letters of every language are the same",
        "_scan/meaning",
        "return replace(found, sure=found.sure | {_ascii(text)})",
        "return found",
        _SAME,
    ),
    _constructs(
        "a sum is sure outside the range of its type",
        "_scan/meaning",
        "    return _inside(result, 128)",
        "    return result",
        _SAME,
    ),
    _constructs(
        "the end of a text is before its last line break",
        "_scan/patterns",
        r'end = pattern[:-1] + r"\z" if',
        "end = pattern if",
        _SAME,
    ),
    _constructs(
        "blanks at the end of char(n) count",
        "_scan/leaf",
        """        sql = f"TRIM(TRAILING ' ' FROM {sql})\"""",
        "        sql = f\"CONCAT({sql}, ' ')\"",
        _SAME,
    ),
    _schemas(
        "rows that nobody can judge are called tested",
        "_scan/demands",
        "        if unsure:",
        "        if unsure < 0:",
        _RANDOM,
    ),
    _schemas(
        "a unique key takes NULL for equal to NULL",
        "_scan/uniques",
        "present = [] if index.nulls_not_distinct else",
        "present = [] if index.unique else",
        _RANDOM,
    ),
    _schemas(
        "a partial index is over all rows",
        "_scan/uniques",
        'inside = [f"({one.sql})" for one in predicate]',
        "inside: list[str] = []",
        _RANDOM,
    ),
    _schemas(
        "a reference is looked up by the source's collation alone",
        "_scan/references",
        '            equal.append(f"CAST({left} AS BINARY) = CAST({right} AS BINARY)")',
        "            pass",
        _RANDOM,
    ),
    _schemas(
        "the CHECK of a domain is nobody's",
        "_scan/demands",
        "in column.target.domain_checks:",
        "in column.target.domain_checks[:0]:",
        _RANDOM,
    ),
    _demands(
        "a key that wants all or nothing takes a row in between",
        "_scan/references",
        'if " MATCH FULL" not in str(key.definition) or',
        'if " MATCH FULL" in str(key.definition) or',
        _OTHERS,
    ),
    _demands(
        "what a partition demands by itself is nobody's",
        "_scan/apart",
        '            asking.untested(f"{found[3]} of the partition {found[1]}", value, why, apart=True)',
        "            pass",
        _OTHERS,
    ),
    _demands(
        "keys that an index computes are never long",
        "_scan/long_keys",
        "for value in computed if value.kind in _MADE_OF_TEXT",
        "for value in computed[:0]",
        _OTHERS,
    ),
    _demands(
        "char(n) takes no more room than its text",
        "_scan/width",
        'elif target.family == "bpchar" and',
        'elif target.family == "nothing" and',
        _OTHERS,
    ),
    _reads(
        "a reference is looked up where no index leads",
        "_scan/references",
        "    return any(index.columns[0] in names and not index.prefixed for index in table.source.indexes)",
        "    return bool(names)",
        "test_references_are_looked_up_in_one_pass",
    ),
    _trial(
        "a trial stays on the target",
        "_move/trial",
        "postgresql.transaction(session, undo=True)",
        "postgresql.transaction(session, undo=False)",
        "test_what_a_trial_makes_is_gone_with_its_transaction",
    ),
    _trial(
        "a sample counts as all rows",
        "_move/trial",
        "            cut_off.add(table.name)",
        "            cut_off.add('')",
        _SAMPLE,
    ),
    _trial(
        "what a trial refuses is dropped",
        "_move/trial",
        "                found.misfits.append(self._misfit(table, refusal, mine))",
        "                self._misfit(table, refusal, mine)",
        _NAMED,
    ),
)
