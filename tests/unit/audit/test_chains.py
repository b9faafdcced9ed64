# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains of TypeORM migrations: counts known by construction, directions, helpers, and what is wrong with a chain."""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._audit import (
    audit,
    chain_faults,
    constructs,
    statements,
    verdicts,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError

from tests.unit.audit.examples import EXAMPLES, Example

CHAINS = Path(__file__).resolve().parents[2] / "fixtures/migrations"
TYPEORM = CHAINS / "typeorm"


def template(sql: str) -> str:
    escaped = sql.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"`{escaped}`"


def single(sql: str) -> str:
    escaped = sql.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def double(sql: str) -> str:
    return json.dumps(sql, ensure_ascii=False)


def added(sql: str) -> str:
    half = len(sql) // 2
    return f"{single(sql[:half])} +\n      {double(sql[half:])}"


def in_parts(sql: str) -> str:
    return f"[{', '.join(double(one) for one in sql.split(' '))}].join(' ')"


QUOTINGS = (template, single, double, added, in_parts)


class Writer:
    """Files of a chain, written with a statement in one of the ways in which people write it."""

    def __init__(self, chosen: random.Random) -> None:
        self.chosen = chosen
        self.bodies: dict[str, list[str]] = {"up": [], "down": []}
        self.top: list[str] = []
        self.members: list[str] = []
        self.helper: list[str] = []
        self.names = 0

    def add(self, direction: str, sql: str) -> str:
        """Write a statement; returns where it is, `file` or `helper`."""
        self.names += 1
        name = f"n{self.names}"
        said = self.chosen.choice(QUOTINGS)(sql)
        ways = (self._plain, self._constant, self._outside, self._loop, self._each, self._method, self._field)
        if self.chosen.random() < 0.1:
            self.helper.append(f"export async function {name}(runner) {{\n  await runner.query({said});\n}}")
            self.bodies[direction].append(f"await helpers.{name}(queryRunner);")
            return "helper"
        self.chosen.choice(ways)(direction, name, said)
        return "file"

    def _plain(self, direction: str, _name: str, said: str) -> None:
        self.bodies[direction].append(f"await queryRunner.query({said});")

    def _constant(self, direction: str, name: str, said: str) -> None:
        self.bodies[direction].append(
            f"const {name} = {said};\n    await queryRunner.query({name} as string);"
        )

    def _outside(self, direction: str, name: str, said: str) -> None:
        self.top.append(f"const {name} = {said};")
        self.bodies[direction].append(f"await queryRunner.manager.query({name});")

    def _loop(self, direction: str, name: str, said: str) -> None:
        self.bodies[direction].append(
            f"for (const {name} of [{said}]) {{ await queryRunner.query({name}); }}"
        )

    def _each(self, direction: str, name: str, said: str) -> None:
        self.bodies[direction].append(
            f"await Promise.all([{said}].map(async ({name}) => await queryRunner.query({name})));"
        )

    def _method(self, direction: str, name: str, said: str) -> None:
        self.members.append(f"private async {name}(runner: QueryRunner) {{ return runner.query({said}); }}")
        self.bodies[direction].append(f"await this.{name}(queryRunner);")

    def _field(self, direction: str, name: str, said: str) -> None:
        self.members.append(f"private readonly {name} = {said};")
        self.bodies[direction].append(f"await queryRunner.query(this.{name});")

    def text(self, stamp: int) -> str:
        up, down = ("\n    ".join(self.bodies[one]) for one in ("up", "down"))
        return "\n".join(
            [
                "import { MigrationInterface, QueryRunner } from 'typeorm';",
                f"import * as helpers from './helpers/of-{stamp}';",
                *self.top,
                f"export class Made{stamp} implements MigrationInterface {{",
                *(f"  {member}" for member in self.members),
                f"  async up(queryRunner: QueryRunner): Promise<void> {{\n    {up}\n  }}",
                f"  async down(queryRunner: QueryRunner): Promise<void> {{\n    {down}\n  }}",
                "}",
            ]
        )


def write_chain(folder: Path, chosen: random.Random) -> dict[str, dict[str, Counter[str]]]:
    """A chain with every example at a place of chance; returns what is in it, by file or helper and direction."""
    known: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    (folder / "helpers").mkdir()
    waiting = [*EXAMPLES]
    chosen.shuffle(waiting)
    stamp = 1700000000000
    while waiting:
        writer = Writer(chosen)
        stamp += 1
        for _number in range(min(len(waiting), chosen.randint(5, 30))):
            example: Example = waiting.pop()
            direction = chosen.choice(("up", "down"))
            where = writer.add(direction, example.sql)
            known[where][direction].update(found_in_chain(example))
            known[where]["statements"].update([direction])
        (folder / f"{stamp}-made.ts").write_text(writer.text(stamp), "utf-8")
        (folder / f"helpers/of-{stamp}.ts").write_text("\n".join([*writer.helper, ""]), "utf-8")
    return known


def found_in_chain(example: Example) -> dict[str, int]:
    """The chain declares no column by the name of the examples' flag, so that none is known for one."""
    return {name: number for name, number in example.found.items() if name != "flag_as_number"}


@pytest.mark.parametrize("number", range(3))
def test_the_counts_of_a_chain_are_those_known_by_construction(tmp_path: Path, number: int) -> None:
    seed = os.environ.get("CONVERGENCE_SEED") or f"{random.randrange(10**9)}-{number}"
    print(f"CONVERGENCE_SEED={seed}")
    known = write_chain(tmp_path, random.Random(seed))
    done = audit.audit(tmp_path, "typeorm")
    for way in ("up", "down"):
        own = {row["construct"]: row[f"occurrences_{way}"] for row in done.as_result()["totals"]}
        assert {name: count for name, count in own.items() if count} == dict(known["file"][way])
        found = Counter(
            finding.construct.name
            for part in done.helpers.values()
            for one in part.judged
            if way in one.directions
            for finding in one.findings
        )
        assert found == known["helper"][way]
    statements = Counter(way for one in done.audited for each in one.own.judged for way in each.directions)
    assert statements == known["file"]["statements"]
    assert [mark.said for part in done.parts for mark in part.marks] == []


# The committed chain, counted by hand.
HAND: dict[str, tuple[int, int, int]] = {
    "backtick_name": (24, 8, 2),
    "double_quoted_string": (0, 1, 0),
    "backslash_escape": (1, 0, 0),
    "mixed_case_name": (5, 0, 0),
    "reserved_later": (1, 0, 0),
    "parameter": (1, 0, 1),
    "spliced_value": (2, 0, 2),
    "spliced_text": (3, 0, 0),
    "tinyint": (1, 0, 0),
    "char_36": (1, 0, 0),
    "datetime": (2, 0, 0),
    "sized_text": (1, 0, 0),
    "auto_increment": (1, 0, 0),
    "default_now": (1, 0, 0),
    "engine": (2, 0, 0),
    "inline_index": (1, 0, 0),
    "drop_index_on": (0, 2, 0),
    "drop_foreign_key": (0, 1, 1),
    "update_join": (1, 0, 0),
    "qualified_column": (1, 0, 0),
    "flag_as_number": (1, 0, 0),
    "uuid": (1, 0, 0),
    "json_read": (1, 0, 0),
    "json_search": (1, 0, 0),
    "catalog": (0, 0, 1),
    "database_name": (0, 0, 1),
    "run_time_query": (1, 0, 0),
}
"""By construct the places in up, in down, in the helper."""


@pytest.fixture(scope="module")
def done() -> audit.Audit:
    return audit.audit(TYPEORM, "typeorm")


def test_the_counts_of_the_committed_chain_are_those_counted_by_hand(done: audit.Audit) -> None:
    found = {
        row["construct"]: (row["occurrences_up"], row["occurrences_down"], row["occurrences_helpers"])
        for row in done.as_result()["totals"]
    }
    assert found == HAND


def test_migrations_run_in_the_order_of_their_classes(done: audit.Audit) -> None:
    assert [one.migration.file[:13] for one in done.audited] == [
        "1700000000001",
        "1700000000003",
        "1700000000002",
        "1700000000005",
        "1700000000006",
        "1700000000007",
    ]


def test_a_migration_has_a_verdict_for_each_direction(done: audit.Audit) -> None:
    assert {one.migration.file: (one.verdict("up"), one.verdict("down")) for one in done.audited} == {
        "1700000000001-schema.ts": ("adapt", "adapt"),
        "1700000000002-names.ts": ("hard", "adapt"),
        "1700000000003-indexes.ts": ("adapt", "adapt"),
        "1700000000005-empty.ts": ("empty", "empty"),
        "1700000000006-settings.ts": ("hard", "runs as is"),
        "1700000000007-states.js": ("runs as is", "hard"),
    }


def test_a_helper_counts_for_whoever_calls_it_in_that_direction(done: audit.Audit) -> None:
    by_file = {one.migration.file: one for one in done.audited}
    for file, way in (("1700000000002-names.ts", "up"), ("1700000000007-states.js", "down")):
        assert by_file[file].migration.helpers == ["helpers/keys.ts"]
        assert {way} == {each for one in by_file[file].helped.judged for each in one.directions}
    assert {tuple(sorted(one.directions)) for one in done.helpers["helpers/keys.ts"].judged} == {
        ("down", "up")
    }


def test_a_statement_is_what_is_written_once_and_a_list_of_statements_is_several(
    tmp_path: Path, done: audit.Audit
) -> None:
    (names,) = (one for one in done.audited if one.migration.file == "1700000000002-names.ts")
    said = [one.sql.text.shown() for one in names.own.judged]
    assert "UPDATE `space` SET `${column}` = '' WHERE ${column} IS NULL" in said
    loops = of(
        tmp_path,
        a=migration(
            "A1700000000001",
            "for (const one of ['SELECT 1', `SELECT 2`]) await q.query(one);"
            " await q.query(old ? 'SELECT 3' : 'SELECT 4'); let s = 'SELECT'; s += ' 5'; await q.query(s);",
            "",
        ),
    )
    assert [one.sql.sql for one in loops.audited[0].own.judged] == [f"SELECT {one}" for one in range(1, 6)]


def test_parts_are_put_together_however_many_they_are(tmp_path: Path) -> None:
    sql = "SELECT " + ", ".join(f"`c{number}`" for number in range(200)) + " FROM t"
    parts = " + ".join(single(sql[at : at + 5]) for at in range(0, len(sql), 5))
    done = of(tmp_path, a=migration("A1700000000001", f"await q.query({parts});", ""))
    assert [one.sql.sql for one in done.audited[0].own.judged] == [sql]


def test_a_helper_outside_of_the_folder_is_named_from_there(tmp_path: Path) -> None:
    (tmp_path / "chain").mkdir()
    (tmp_path / "common.ts").write_text("export const drop = (q) => q.query('DROP INDEX a ON b');")
    up = "await drop(q);"
    done = of(tmp_path / "chain", a=migration("A1700000000001", up, "", "import { drop } from '../common';"))
    assert done.audited[0].migration.helpers == ["../common.ts"]
    assert done.audited[0].verdict("up") == verdicts.TO_ADAPT


def test_plain_sql_files_are_known_by_their_version_too() -> None:
    applied = [{"name": "1"}, {"name": "R__views.sql"}]
    done = audit.audit(CHAINS / "flyway", "sql", applied=applied)
    assert done.pending == ["1.1_counter"]


def test_what_is_wrong_with_the_chain_is_said(done: audit.Audit) -> None:
    assert {one.kind: list(one.places) for one in done.faults} == {
        "empty_file": ["1700000000005-empty.ts"],
        "order_differs": [
            "1700000000002-names.ts is run at 1700000000004. It changes places with 1700000000003-indexes.ts."
        ],
        "reserved_word": ["library, reserved since MySQL 9.2: 1700000000006-settings.ts:9"],
        "no_way_back": ["1700000000006-settings.ts"],
    }


def of(folder: Path, **files: str) -> audit.Audit:
    for name, content in files.items():
        (folder / f"{name}.ts").write_text(content, "utf-8")
    return audit.audit(folder, "typeorm")


def migration(name: str, up: str, down: str = "await q.query('SELECT 1');", top: str = "") -> str:
    return f"{top}\nexport class {name} {{ async up(q) {{ {up} }} async down(q) {{ {down} }} }}"


def faults(done: audit.Audit) -> dict[str, list[str]]:
    return {one.kind: list(one.places) for one in done.faults}


def test_names_that_typeorm_refuses_are_named(tmp_path: Path) -> None:
    done = of(
        tmp_path,
        a=migration("Same1700000000001", ""),
        b=migration("Same1700000000001", ""),
        c=migration("Other1700000000001", ""),
        d=migration("Nameless", ""),
    )
    assert faults(done) == {
        "duplicate_name": ["Same1700000000001 in a.ts, b.ts"],
        "duplicate_order": ["1700000000001 in a.ts, b.ts, c.ts"],
        "no_timestamp": ["Nameless in d.ts"],
    }


def test_a_database_is_compared_with_the_chain(tmp_path: Path) -> None:
    of(tmp_path, **{f"m{one}": migration(f"M170000000000{one}", "") for one in range(1, 5)})
    known = {one.migration.name: one.migration.sha256 for one in audit.audit(tmp_path, "typeorm").audited}
    applied: list[dict[str, Any]] = [
        {"name": "Gone1600000000000", "timestamp": 1600000000000, "sha256": None},
        {"name": "M1700000000001", "timestamp": 1700000000001, "sha256": known["M1700000000001"]},
        {"name": "M1700000000003", "timestamp": 1700000000003, "sha256": "00" * 32},
    ]
    done = audit.audit(tmp_path, "typeorm", applied=applied)
    assert faults(done) == {
        "applied_missing": ["Gone1600000000000, applied at 1600000000000"],
        "applied_late": ["m2.ts, run at 1700000000002; the last applied one is 1700000000003"],
        "edited": [f"m3.ts is {known['M1700000000003']}, applied was {'00' * 32}"],
    }
    assert done.pending == ["M1700000000002", "M1700000000004"]
    assert audit.audit(tmp_path, "typeorm").pending is None


def test_what_cannot_be_read_is_no_verdict_that_all_is_well(tmp_path: Path) -> None:
    done = of(
        tmp_path,
        a=migration(
            "A1700000000001", "await fromElsewhere(runner);", top="import { fromElsewhere } from '@app/x';"
        ),
        b=migration("B1700000000002", "await gone(q);", top="import { gone } from './gone';"),
        c=migration("C1700000000003", "if ("),
        d=migration("D1700000000004", "await q.query(process.argv[2]);"),
        e=migration("E1700000000005", "await q.query('SELECT `a');"),
        f=migration("F1700000000006", ""),
    )
    assert [one.verdict() for one in done.audited] == [
        "adapt",
        "adapt",
        "hard",
        "adapt",
        "hard",
        "runs as is",
    ]
    assert faults(done).keys() == {"not_followed", "lost_import", "broken_file"}


def test_statements_that_nothing_leads_to_are_counted_and_weigh_nothing(tmp_path: Path) -> None:
    done = of(
        tmp_path,
        a="class A1700000000001 { async up(q) {} async down(q) { q.query('SELECT 1') }"
        " async old(q) { await q.query('SELECT `a` FROM b'); } }",
    )
    assert faults(done) == {"not_called": ["a.ts: 1, from line 1 on"]}
    assert done.verdict == verdicts.KEEP
    assert done.as_result()["totals"][0]["occurrences"] == 1


def test_texts_for_people_and_words_of_the_application_are_no_statements(tmp_path: Path) -> None:
    done = of(
        tmp_path,
        a=migration(
            "A1700000000001",
            "console.log('DROP TABLE x'); const role = ['update', 'select', 'create'];"
            " if (!role) throw new Error('DELETE FROM x'); const said = 'Select a space';"
            " const held = 'UPDATE `x` SET y = 1';",
        ),
    )
    assert {one.sql.sql for one in done.audited[0].own.judged} == {"UPDATE `x` SET y = 1", "SELECT 1"}


@pytest.mark.parametrize(
    ("text", "is_sql"),
    [
        ("DELETE FROM t", True),
        ("insert into t values (1)", True),
        ("select a from t", True),
        ("WITH a AS (SELECT 1) SELECT 2", True),
        ("SET @a = 1", True),
        ("SET sql_mode=''", True),
        ("REPLACE INTO t VALUES (1)", True),
        ("SHOW TABLES", True),
        ("Show me", False),
        ("delete", False),
        ("Update the settings", False),
        ("set of names", False),
        ("create a space", False),
    ],
)
def test_a_literal_that_no_query_gets_is_sql_if_it_goes_on_as_sql(text: str, is_sql: bool) -> None:
    assert statements.looks_like_sql(text) is is_sql


def test_calls_of_the_schema_api_are_listed_and_their_options_read(tmp_path: Path) -> None:
    done = of(
        tmp_path,
        a=migration(
            "A1700000000001",
            "const seen = new TableColumn({ name: 'seen', type: 'tinyint', width: 1, unsigned: true });"
            " await q.addColumn('t', seen);"
            " await q.createForeignKey('t', { columnNames: ['a'], onUpdate: 'CASCADE' });"
            " await q.createTable(new Table({ engine: 'InnoDB', columns: [{ type: 'datetime',"
            " onUpdate: 'CURRENT_TIMESTAMP(6)' }, { type: 'varchar' }] }));"
            " await q.connection.getRepository(Space).find();",
        ),
    )
    (one,) = done.audited
    assert [call.name for call in one.own.calls] == [
        "addColumn",
        "createForeignKey",
        "createTable",
        "getRepository",
    ]
    assert Counter(mark.construct.name for mark in one.own.marks) == Counter(
        ["tinyint", "integer_width", "unsigned", "engine", "datetime", "on_update_now", "entity_call"]
    )
    assert one.verdict() == verdicts.TO_ADAPT


def test_flags_of_the_chain_are_known_wherever_they_are_declared(tmp_path: Path) -> None:
    done = of(
        tmp_path,
        a=migration("A1700000000001", "await q.query('SELECT id FROM t WHERE done = 1 AND amount = 1');"),
        b=migration("B1700000000002", "await q.query('ALTER TABLE t ADD done tinyint(1)');"),
    )
    assert [finding.construct.name for finding in done.audited[0].own.judged[0].findings] == [
        "flag_as_number"
    ]


def test_an_index_name_of_two_tables_is_named(tmp_path: Path) -> None:
    done = of(
        tmp_path,
        a=migration(
            "A1700000000001",
            "await q.query('CREATE INDEX `i` ON `a` (`x`)');"
            " await q.query('ALTER TABLE `b` ADD INDEX `i` (`x`), ADD INDEX `j` (`x`)');",
        ),
    )
    assert faults(done) == {"index_name_twice": ["i of a, b"]}


def test_the_verdict_weighs_the_work_against_a_new_baseline(tmp_path: Path) -> None:
    assert verdicts.of_chain(["runs as is", "empty"], 0) == verdicts.KEEP
    assert verdicts.of_chain(["adapt"], verdicts.BASELINE_MINUTES) == verdicts.ADAPT_CHAIN
    assert verdicts.of_chain(["hard"], verdicts.BASELINE_MINUTES + 1) == verdicts.NEW_BASELINE
    done = of(
        tmp_path,
        a=migration(
            "A1700000000001",
            "await q.query('SELECT `a`'); await q.query('SHOW TABLES');",
            "q.query('CALL x()')",
        ),
    )
    assert (done.effort("up"), done.effort("down"), done.effort()) == (46, 45, 91)
    assert done.verdict == verdicts.ADAPT_CHAIN


def test_every_kind_of_fault_has_its_words() -> None:
    assert all(text.endswith(".") for text in chain_faults.FAULTS.values())


@pytest.mark.parametrize(("path", "words"), [("nowhere", "is no folder"), ("", "has no migrations")])
def test_a_folder_without_migrations_is_refused(tmp_path: Path, path: str, words: str) -> None:
    (tmp_path / "index.ts").write_text("export * from './a';")
    with pytest.raises(InputError, match=words):
        audit.audit(tmp_path / path, "typeorm")


def of_sql(name: str) -> audit.Audit:
    return audit.audit(CHAINS / name, "sql")


def test_files_of_flyway_are_read(done: audit.Audit) -> None:
    done = of_sql("flyway")
    assert [(one.migration.file, one.verdict("up"), one.verdict("down")) for one in done.audited] == [
        ("V1__customers.sql", "adapt", "runs as is"),
        ("V1.1__counter.sql", "hard", "runs as is"),
        ("R__views.sql", "runs as is", "runs as is"),
    ]
    assert [one.migration.has_down for one in done.audited] == [True, False, False]
    assert done.chain.left_out == [("notes.sql", "its name has no version")]
    counter = done.audited[1].own
    assert [one.sql.kind for one in counter.judged] == ["DELIMITER", "CREATE TRIGGER", "DELIMITER", "UPDATE"]
    assert [one.sql.line for one in counter.judged] == [1, 2, 7, 8]
    assert [one.sql.line for one in done.audited[0].own.judged] == [2, 8, 1]


def test_files_of_ory_are_read_and_those_of_other_servers_named() -> None:
    done = of_sql("ory")
    assert [(one.migration.file, one.verdict()) for one in done.audited] == [
        ("20200101000000000001_networks.mysql.up.sql", "own file"),
        ("20200101000000000002_indexes.mysql.up.sql", "empty"),
        ("20200101000000000004_names.up.sql", "adapt"),
    ]
    assert done.chain.other_servers == {
        "20200101000000000001_networks": ["all others", "postgres"],
        "20200101000000000002_indexes": ["sqlite3"],
    }
    assert faults(done) == {"no_way_back": ["20200101000000000004_names.up.sql"]}
    assert done.effort() == done.effort("up") + done.effort("down") == 1 + 10
    assert done.chain.left_out == [
        ("20200101000000000003_cockroach.cockroach.up.sql", "it is for cockroach alone")
    ]


def test_a_question_mark_in_a_file_is_no_parameter(tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").write_text("UPDATE t SET a = '?';\n/*!40101 SET NAMES utf8 */;\n")
    done = audit.audit(tmp_path, "sql")
    names = [finding.construct.name for one in done.audited[0].own.judged for finding in one.findings]
    assert "parameter" not in names


def test_a_file_of_nothing_but_what_mysql_executes_in_comments_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").write_text("/*!40101 SET NAMES utf8 */;\nSELECT 1;\n")
    (tmp_path / "2_b.up.sql").write_text("/*!40101 SET NAMES utf8 */")
    done = audit.audit(tmp_path, "sql")
    assert [one.verdict() for one in done.audited] == [verdicts.TO_ADAPT, verdicts.TO_ADAPT]


def test_the_report_is_written_once_and_not_in_check_mode(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    first = audit.audit(TYPEORM, "typeorm", report_directory=folder, check=True)
    assert (first.changed, folder.exists()) == (True, False)
    assert audit.audit(TYPEORM, "typeorm", report_directory=folder).changed
    assert not audit.audit(TYPEORM, "typeorm", report_directory=folder).changed
    assert sorted(path.name for path in folder.iterdir()) == ["audit.json", "audit.md", "rewritten.sql"]
    data = json.loads((folder / "audit.json").read_text("utf-8"))
    assert data["counts"]["statements"] == sum(
        len(one["statements"]) for one in [*data["migrations"], *data["helpers"]]
    )
    rewritten = (folder / "rewritten.sql").read_text("utf-8")
    assert '-- helpers/keys.ts:11 (down, up)\nALTER TABLE "${table}" DROP CONSTRAINT "${key}";' in rewritten


def test_severities_are_weighed_in_their_order() -> None:
    assert constructs.heaviest(["note", "hard", "safe"]) == "hard"
    assert constructs.heaviest([]) is None
