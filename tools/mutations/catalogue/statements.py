# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements that name a table of the target: without ONLY, without their refusals, without what they put back."""

from __future__ import annotations

from tools.mutations.mutation import Part

_UTILS = "plugins/module_utils"
_INHERITANCE = "engine/test_inheritance.py"
_OBSTACLES = "engine/test_obstacles.py"
_SAME = "engine/test_same_schema.py"
_ORDINARY = f"{_INHERITANCE}::test_every_statement_names_an_ordinary_table_with_only"
_statement = Part("statement", _UTILS).broken


ALL = (
    _statement(
        "no table is named with ONLY",
        "_postgresql/relation",
        'return ("" if partitioned else "ONLY ") + qualified(schema, name)',
        "return qualified(schema, name)",
        _INHERITANCE,
    ),
    _statement(
        "a partitioned table is named with ONLY",
        "_postgresql/relation",
        'return ("" if partitioned else "ONLY ") + qualified(schema, name)',
        'return "ONLY " + qualified(schema, name)',
        _INHERITANCE,
    ),
    _statement(
        "a table with children counts their rows before the load",
        "_move/load",
        '"SELECT EXISTS (SELECT FROM {own_rows(plan.schema, table.target)})"',
        '"SELECT EXISTS (SELECT FROM {qualified(plan.schema, table.name)})"',
        _INHERITANCE,
    ),
    _statement(
        "the sums take the rows of children in",
        "_prove/verify",
        "            relation = own_rows(plan.schema, table.target)\n",
        '            relation = f\'"{plan.schema}"."{table.name}"\'\n',
        _INHERITANCE,
    ),
    _statement(
        "a seed table is emptied with its children",
        "_postgresql/before",
        "return named(self.schema, self.table, self.partitioned)",
        "return qualified(self.schema, self.table)",
        _INHERITANCE,
    ),
    _statement(
        "rows written since the load are counted with those of children",
        "_bound/changes",
        "            own_rows(plan.schema, table.target),\n            loaded",
        "            own_rows(plan.schema, table.target).removeprefix('ONLY '),\n            loaded",
        _INHERITANCE,
    ),
    _statement(
        "a sequence is past the rows of children",
        "_postgresql/sequences",
        "named(use.schema, use.table, use.whole)",
        "named(use.schema, use.table, True)",
        _ORDINARY,
    ),
    _statement(
        "the load is not rehearsed",
        "_move/load",
        "        rehearse(connection, plan, self.catalog.of(*target.inspected_as))\n",
        "",
        f"{_OBSTACLES}::test_the_load_rehearses_and_refuses_it_by_name",
    ),
    _statement(
        "the schema of the target is not looked at before the load",
        "_move/load",
        "            schema.of_database(self.catalog.of(*target.inspected_as), found),\n",
        "            [],\n",
        f"{_OBSTACLES}::test_what_came_after_the_inspection_is_named",
    ),
    _statement(
        "rows that nobody declared do not stop the load",
        "_move/load",
        "        if filled:\n            raise TargetNotReady(",
        "        if False:\n            raise TargetNotReady(",
        "engine/test_bad_input.py",
    ),
    _statement(
        "the state of a trigger is not put back",
        "_postgresql/rebuild",
        '_ENABLE: t.Final = {"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}',
        '_ENABLE: t.Final = {"O": "ENABLE", "R": "ENABLE", "A": "ENABLE"}',
        _SAME,
    ),
    _statement(
        "the statistics targets of an index are lost",
        "_postgresql/rebuild",
        "for n, value in targets or ()]",
        "for n, value in ()]",
        _SAME,
    ),
    _statement(
        "the tablespace of an index is lost",
        "_postgresql/rebuild",
        "{literal(tablespace or '')}\"",
        "{literal('')}\"",
        _SAME,
    ),
    _statement(
        "the comment of an index is lost",
        "_postgresql/rebuild",
        '    if comment:\n        restore.append(f"COMMENT ON INDEX',
        '    if comment is ...:\n        restore.append(f"COMMENT ON INDEX',
        _SAME,
    ),
    _statement(
        "a key stays unvalidated",
        "_postgresql/rebuild",
        "            _restore(book, one, one.restore[-1:])\n",
        "            _restore(book, one, [])\n",
        _SAME,
    ),
)
