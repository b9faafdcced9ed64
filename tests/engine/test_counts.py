# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that go missing on any step are missed by the count of another one, whatever the values' sums would say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from ansible_collections.alkemio.convergence.plugins.module_utils._bound import counts
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.bound import Bound
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    CountsDiffer,
    DamagedSnapshot,
    SourceMoved,
    TargetNotReady,
    VerifyFailed,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move import chunk_out, dump
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection, moment
from ansible_collections.alkemio.convergence.plugins.module_utils._prove import sums
from ansible_collections.alkemio.convergence.plugins.module_utils._range import Range
from ansible_collections.alkemio.convergence.plugins.module_utils._run import manifest
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory
from ansible_collections.alkemio.convergence.plugins.module_utils._scan import cut, scan
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import source_sql

from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.engine.traps import trap
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A2")

ROWS = 400
CHUNK = 4_000  # bytes: several ranges of each table
NUMBERS = ", ".join(f"({n}, {n}, '{'x' * (n % 50)}')" for n in range(ROWS))
SOURCE = (
    "CREATE TABLE plain (id int PRIMARY KEY, size int NOT NULL, note text, KEY (size))",
    f"INSERT INTO plain VALUES {NUMBERS}",
    "CREATE TABLE document (id int PRIMARY KEY, body json)",
    """INSERT INTO document SELECT id, CONCAT('{"a": ', id, '}') FROM plain""",
    "CREATE TABLE drawing (id int PRIMARY KEY, content longtext)",
    "INSERT INTO drawing SELECT id, NULL FROM plain",
    "CREATE TABLE flag (id int PRIMARY KEY, value tinyint NOT NULL)",
    "INSERT INTO flag SELECT id, id % 4 FROM plain",
    "CREATE TABLE mixed (id int PRIMARY KEY, kind varchar(10))",
    "INSERT INTO mixed SELECT id, IF(id % 4, 'keep', NULL) FROM plain",
    "CREATE TABLE barren (id int PRIMARY KEY)",
)
TARGET = (
    "CREATE TABLE plain (id integer PRIMARY KEY, size integer NOT NULL, note text)",
    "CREATE TABLE document (id integer PRIMARY KEY, body jsonb)",
    "CREATE TABLE drawing (id integer PRIMARY KEY, content text)",
    "CREATE TABLE flag (id integer PRIMARY KEY, value boolean NOT NULL)",
    "CREATE TABLE mixed (id integer PRIMARY KEY, kind varchar(10))",
    "CREATE TABLE barren (id integer PRIMARY KEY)",
)
RULES = {
    "tables": [{"table": "mixed", "where": "kind = 'keep'"}],
    "columns": [
        {"table": "drawing", "column": "content", "converter": "zlib_latin1_to_base64"},
        {"table": "flag", "column": "value", "policies": {"not_boolean": "true"}},
    ],
}


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def planned(
    request: pytest.FixtureRequest, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Migration]:
    """Planned and never loaded."""
    source = request.getfixturevalue(request.param)
    made = trap(source, postgresql, tmp_path_factory.mktemp("counts"), SOURCE, TARGET, RULES).prepare()
    yield made
    places.drop(source, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)


def limited(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Let the readers' sessions get so many rows of a result, as `sql_select_limit` of a hosting server does."""
    original = moment.open_snapshot

    def open_snapshot(session: Any) -> None:
        original(session)
        connection.query(session, f"SET SESSION sql_select_limit = {rows}")

    monkeypatch.setattr(moment, "open_snapshot", open_snapshot)


def nothing_was_loaded(migration: Migration) -> bool:
    sql = "SELECT to_regnamespace('convergence') IS NULL"
    return places.ask(migration.target, migration.moves[0].target, sql) == [(True,)]


# --- the source's session loses rows ----------------------------------------------------------------------


@pytest.mark.parametrize("table", ["plain", "document", "drawing", "flag", "mixed"])
@pytest.mark.parametrize("mode", ["frozen", "live"])
def test_a_reader_that_gets_fewer_rows_stops_the_dump(
    planned: Migration, monkeypatch: pytest.MonkeyPatch, table: str, mode: str
) -> None:
    """Each route: text and binary rows by the source, JSON, a converter, a policy, a filter."""
    original = chunk_out.write_chunk

    def write_chunk(session: Any, database: str, plan: Any, *rest: Any, **more: Any) -> Any:
        limit = "7" if plan.name == table else "DEFAULT"
        connection.query(session, f"SET SESSION sql_select_limit = {limit}")
        return original(session, database, plan, *rest, **more)

    monkeypatch.setattr(chunk_out, "write_chunk", write_chunk)
    with pytest.raises(
        CountsDiffer, match=r"the scan met \d+ rows in the range of \S+, and 7 were"
    ) as caught:
        planned.dump(restart=True, mode=mode)
    assert caught.value.details["tables"] == [f"{planned.moves[0].source}.{table}"]
    assert nothing_was_loaded(planned)


def test_so_does_one_whose_rows_python_puts_together(
    planned: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_sql, "needs_python", lambda _table: True)
    limited(monkeypatch, 7)
    with pytest.raises(CountsDiffer, match="and 7 were read"):
        planned.dump(restart=True)


def test_a_list_of_altered_values_that_is_cut_stops_the_dump(
    planned: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = scan.misfit_rows

    def misfit_rows(session: Any, *rest: Any) -> Any:
        connection.query(session, "SET SESSION sql_select_limit = 7")
        return original(session, *rest)

    monkeypatch.setattr(scan, "misfit_rows", misfit_rows)
    says = r"\.flag .*value has 200 values of the class not_boolean by the scan, and 7 could be listed"
    with pytest.raises(CountsDiffer, match=says):
        planned.dump(restart=True)


def test_in_mode_live_so_do_sums_of_fewer_rows(planned: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    original = sums.source_sums

    def source_sums(session: Any, *rest: Any) -> Any:
        connection.query(session, "SET SESSION sql_select_limit = 7")
        return original(session, *rest)

    monkeypatch.setattr(sums, "source_sums", source_sums)
    with pytest.raises(CountsDiffer, match=rf"{ROWS} were dumped and \d+ summed"):
        planned.dump(restart=True, mode="live")


def test_a_limit_that_cuts_nothing_is_none(planned: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, 10 * ROWS)
    assert planned.dump(restart=True).manifests[0].rows == 4 * ROWS + ROWS * 3 // 4


# --- ranges lose rows -------------------------------------------------------------------------------------


ORIGINAL: Callable[[list[bytes]], list[Range]] = Range.between


def holed(cuts: list[bytes]) -> list[Range]:
    """All ranges but the second one."""
    return [span for n, span in enumerate(ORIGINAL(cuts)) if n != 1 or len(cuts) < 2]


def test_a_hole_between_the_ranges_stops_the_scan(
    planned: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the check before anything is written: what was not scanned is not a row without misfits."""
    monkeypatch.setattr(Range, "between", holed)
    for check in (True, False):
        with pytest.raises(
            CountsDiffer, match=rf"it counts {ROWS}, the scan met \d+, and a rule leaves 0 out"
        ):
            planned.dump(restart=True, chunk_bytes=CHUNK, check=check)


@pytest.mark.parametrize("side", ["lower", "upper"])
def test_a_bound_that_excludes_a_row_stops_the_scan(
    planned: Migration, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    original = source_sql.range_conditions

    def range_conditions(*rest: Any) -> list[str]:
        found = original(*rest)
        if side == "lower":
            return [one.replace(">=", ">") for one in found]
        return [f"{one} - 1" if "<" in one else one for one in found]

    monkeypatch.setattr(source_sql, "range_conditions", range_conditions)
    with pytest.raises(CountsDiffer, match="the scan met"):
        planned.dump(restart=True, chunk_bytes=CHUNK)


def test_a_reader_of_another_range_than_the_scans_stops_the_dump(
    planned: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = chunk_out.write_chunk

    def write_chunk(session: Any, database: str, table: Any, span: Any, *rest: Any) -> Any:
        upper = None if span.upper is None else str(int(span.upper) - 1).encode()
        return original(session, database, table, replace(span, upper=upper), *rest)

    monkeypatch.setattr(chunk_out, "write_chunk", write_chunk)
    with pytest.raises(CountsDiffer, match=r"the scan met (\d+) rows in the range of"):
        planned.dump(restart=True, chunk_bytes=CHUNK)


def test_a_bound_out_of_order_stops_the_scan(planned: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    original = cut.bounds
    monkeypatch.setattr(cut, "bounds", lambda *rest: original(*rest)[::-1])
    with pytest.raises(CountsDiffer, match="the scan met"):
        planned.dump(restart=True, chunk_bytes=CHUNK)


def test_the_count_of_the_source_knows_neither_ranges_nor_their_index(
    planned: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = connection.query

    def query(session: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return original(session, sql, *rest)

    monkeypatch.setattr(counts, "query", query)
    plan = Bound(RunDirectory(str(planned.run))).databases[0].table("plain")
    session = connection.connect(planned.source_login, planned.moves[0].source)
    assert counts.source_rows(session, planned.moves[0].source, plan) == ROWS
    assert "WHERE" not in asked[0] and "FORCE" not in asked[0]
    explained = connection.query(session, f"EXPLAIN {asked[0]}")
    session.close()
    assert plan.range_index == "PRIMARY"
    assert "PRIMARY" not in {str(cell) for row in explained for cell in row if "," not in str(cell)}


# --- tables without snapshots ----------------------------------------------------------------------------------


@dataclass
class Shifting:
    """A table that no snapshot holds still, with a row more between the scan and the reading."""

    migration: Migration

    def dump(self, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
        original = dump._Dump.begin

        def begin(*rest: Any) -> Any:
            found = original(*rest)
            places.ask(
                self.migration.source,
                self.migration.moves[0].source,
                "INSERT INTO loose VALUES (100, 'later')",
            )
            return found

        monkeypatch.setattr(dump._Dump, "begin", begin)
        self.migration.dump(mode=mode)


@pytest.fixture(params=["mariadb", "mysql"])
def shifting(request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path) -> Iterator[Shifting]:
    source = request.getfixturevalue(request.param)
    source_sql = (
        "CREATE TABLE loose (id int PRIMARY KEY, word varchar(10)) ENGINE=MyISAM",
        "INSERT INTO loose VALUES (1, 'one'), (2, 'two')",
    )
    made = trap(
        source, postgresql, tmp_path, source_sql, ("CREATE TABLE loose (id int PRIMARY KEY, word text)",)
    )
    yield Shifting(made.prepare())
    places.drop(source, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)


def test_a_row_that_came_into_a_table_without_snapshots_is_named_with_the_engine(
    shifting: Shifting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        CountsDiffer, match=r"met 2 rows .* and 3 were read\. Its engine MyISAM holds no snapshot"
    ):
        shifting.dump(monkeypatch, "live")


def test_and_of_a_source_that_had_to_stand_still_it_is_a_write(
    shifting: Shifting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceMoved, match=r"\.loose"):
        shifting.dump(monkeypatch, "frozen")


# --- after the dump -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loaded(
    mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Migration]:
    made = trap(mariadb, postgresql, tmp_path_factory.mktemp("loaded"), SOURCE, TARGET, RULES)
    made.all(chunk_bytes=CHUNK)
    yield made
    places.drop(mariadb, made.moves[0].source)
    places.drop(postgresql, made.moves[0].target)


def report(migration: Migration) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((migration.run / "report.json").read_text("utf-8"))
    return found


def of_table(migration: Migration, table: str) -> dict[str, int]:
    (database,) = report(migration)["databases"]
    (found,) = [one["counts"] for one in database["table_results"] if one["name"] == table]
    return dict(found)


def test_manifest_and_report_keep_the_counts_of_every_step(loaded: Migration) -> None:
    assert loaded.verify().equal
    assert of_table(loaded, "mixed") == {
        "counted_source": ROWS,
        "filtered": ROWS // 4,
        "scanned": ROWS * 3 // 4,
        "dumped": ROWS * 3 // 4,
        "ledger": ROWS * 3 // 4,
        "target": ROWS * 3 // 4,
        "summed_source": ROWS * 3 // 4,
        "summed_target": ROWS * 3 // 4,
    }
    for table, rows in {"plain": ROWS, "document": ROWS, "drawing": ROWS, "flag": ROWS, "barren": 0}.items():
        assert set(of_table(loaded, table).values()) == {rows, 0}
    kept = manifest.load(RunDirectory(str(loaded.run)), "trap")
    assert kept is not None
    assert len(kept.tables["plain"].chunks) > 3
    assert [(chunk.scanned, chunk.scanned) for chunk in kept.tables["plain"].chunks] == [
        (chunk.rows, chunk.scanned) for chunk in kept.tables["plain"].chunks
    ]


@pytest.mark.parametrize(
    ("change", "back", "gap"),
    [
        (
            "DELETE FROM mixed WHERE id = 1",
            "INSERT INTO mixed VALUES (1, 'keep')",
            "mixed: the load entered 300 rows in its ledger and the target counts 299",
        ),
        (
            "INSERT INTO barren VALUES (1)",
            "DELETE FROM barren",
            "barren: the load entered 0 rows in its ledger and the target counts 1",
        ),
        (
            "DELETE FROM document WHERE id = 1",
            """INSERT INTO document VALUES (1, '{"a": 1}')""",
            "document: the load entered 400 rows in its ledger and the target counts 399",
        ),
        (
            "UPDATE convergence.chunk SET rows = rows - 1 WHERE (table_name, number) = ('plain', 0)",
            "UPDATE convergence.chunk SET rows = rows + 1 WHERE (table_name, number) = ('plain', 0)",
            "plain: the dump wrote 400 rows and the load entered 399 in its ledger",
        ),
    ],
    ids=["a row less", "a row more", "a document less", "a ledger that lies"],
)
def test_a_step_that_counts_otherwise_is_in_the_verdict(
    loaded: Migration, change: str, back: str, gap: str
) -> None:
    database = loaded.moves[0].target
    places.ask(loaded.target, database, change)
    try:
        for source in (True, False):
            with pytest.raises(VerifyFailed) as caught:
                loaded.verify(source=source)
            assert f"trap: {gap}" in caught.value.details["problems"]
            assert report(loaded)["verdict"] == "different"
    finally:
        places.ask(loaded.target, database, back)
    assert loaded.verify().equal


def test_a_ledger_that_lies_is_refused_by_the_load(loaded: Migration) -> None:
    database = loaded.moves[0].target
    lie = "UPDATE convergence.chunk SET rows = rows {} 1 WHERE (table_name, number) = ('plain', 0)"
    places.ask(loaded.target, database, lie.format("-"))
    with pytest.raises(
        TargetNotReady, match=r"chunk 0 of plain is another one in its ledger \(\d+ rows loaded"
    ):
        loaded.load()
    places.ask(loaded.target, database, lie.format("+"))
    assert not loaded.load().changed


@pytest.mark.parametrize("table", ["plain", "document"])
def test_a_hole_between_the_pages_of_the_target_is_in_the_verdict(
    loaded: Migration, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """Both sides could lose the same rows of a sum; the plain count does not."""
    original = sums.page_ranges

    def page_ranges(session: Any, schema: str, plan: Any, parts: int) -> list[Any]:
        found = original(session, schema, plan, parts)
        return found[1:] if plan.name == table else found

    with monkeypatch.context() as patch:
        patch.setattr(sums, "page_ranges", page_ranges)
        with pytest.raises(VerifyFailed) as caught:
            loaded.verify()
    assert any(
        f"trap: {table}: the target counts {ROWS} rows and its sums are of" in one
        for one in caught.value.details["problems"]
    )
    assert loaded.verify().equal


def test_the_same_rows_left_out_of_both_sums_are_in_the_verdict(
    loaded: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sums agree, and still nobody says equal."""
    monkeypatch.setattr(sums, "source_sums", lambda *_: sums.Sums())
    monkeypatch.setattr(sums, "target_sums", lambda *_: sums.Sums())
    with pytest.raises(VerifyFailed) as caught:
        loaded.verify()
    problems = caught.value.details["problems"]
    assert f"trap: plain: the dump wrote {ROWS} rows and the source's sums are of 0" in problems
    assert f"trap: document: the target counts {ROWS} rows and its sums are of 0" in problems


@pytest.mark.parametrize("table", ["plain", "document"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_a_row_without_a_hash_is_never_equal(
    loaded: Migration, monkeypatch: pytest.MonkeyPatch, side: str, table: str
) -> None:
    """A SUM leaves a NULL out without a word, as a server's function does that outgrows max_allowed_packet."""
    module = getattr(sums, f"{side}_sql")
    original = module.row_hash

    def row_hash(plan: Any, *more: Any) -> str:
        found = original(plan, *more)
        return f"CASE WHEN id = 7 THEN NULL ELSE {found} END" if plan.name == table else found

    with monkeypatch.context() as patch:
        patch.setattr(module, "row_hash", row_hash)
        with pytest.raises(VerifyFailed, match=rf"1 rows of the {side} table .*{table}.* have no hash"):
            loaded.verify()
    assert loaded.verify().equal


def without_last_row(path: Path) -> bytes:
    """A chunk of `drawing` with a row less: two fields, an integer and NULL, in COPY's binary form."""
    stream = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    row = len(b"\0\2" + b"\0\0\0\4" + bytes(4) + b"\xff\xff\xff\xff")
    return zstandard.ZstdCompressor().compress(stream[: -2 - row] + stream[-2:])


@pytest.mark.parametrize("thorough", [False, True], ids=["its number of rows too", "every count too"])
def test_a_forged_chunk_with_the_right_hash_is_found(
    mariadb: Server, postgresql: Server, tmp_path: Path, thorough: bool
) -> None:
    made = trap(mariadb, postgresql, tmp_path, SOURCE, TARGET, RULES).prepare()
    made.dump()
    run = RunDirectory(str(made.run))
    found = manifest.load(run, "trap")
    assert found is not None
    (chunk,) = found.tables["drawing"].chunks
    path = run.database("trap") / chunk.file
    content = without_last_row(path)
    path.write_bytes(content)
    chunk.sha256, chunk.file_bytes = hashlib.sha256(content).hexdigest(), len(content)
    chunk.rows -= 1
    if thorough:
        chunk.scanned -= 1
        found.tables["drawing"].counted -= 1
    manifest.save(run, found)
    if not thorough:
        with pytest.raises(DamagedSnapshot, match=r"of drawing has 399 rows, and the scan met 400"):
            made.load()
        assert nothing_was_loaded(made)
        return
    made.load()
    with pytest.raises(VerifyFailed, match=r"drawing: the row id=\d+ is missing") as caught:
        made.verify()
    gap = "trap: drawing: the dump wrote 399 rows and the source's sums are of 400"
    assert gap in caught.value.details["problems"]
