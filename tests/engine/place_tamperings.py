# SPDX-License-Identifier: GPL-3.0-or-later
"""Tamperings with rows, ledger, run directory and source of a proved migration, as data.

Each is undone by hand, and the migration is equal again: so nothing of one is left for the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.engine.tamperings import Tampering, simple

Do = Callable[[Path], None]
"""What is done with a run directory."""

SOURCE = (
    "CREATE TABLE item (id int NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, note text NULL)",
    "CREATE TABLE part (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, item_id int NOT NULL, weight int NOT NULL,"
    " FOREIGN KEY (item_id) REFERENCES item (id))",
    "CREATE TABLE loose (a int NOT NULL, b varchar(10) NULL)",
    "CREATE TABLE visit (id int NOT NULL PRIMARY KEY, year int NOT NULL)",
    "CREATE TABLE paper (id int NOT NULL PRIMARY KEY, body json NULL)",
    "CREATE TABLE barren (id int NOT NULL PRIMARY KEY)",
    "CREATE TABLE spare (id int NOT NULL PRIMARY KEY)",
    "INSERT INTO item VALUES (1, 'one', NULL), (2, 'two', ''), (3, 'three', 'third')",
    "INSERT INTO part (item_id, weight) VALUES (1, 10), (1, 20), (3, 30)",
    "INSERT INTO loose VALUES (1, 'x'), (1, 'x'), (2, NULL)",
    "INSERT INTO visit VALUES (1, 2020), (2, 2024)",
    """INSERT INTO paper VALUES (1, '{"a": 1}'), (2, NULL)""",
)
TARGET = (
    "CREATE TABLE item (id integer PRIMARY KEY, name varchar(40) NOT NULL, note text)",
    "CREATE TABLE part (id serial PRIMARY KEY, item_id integer NOT NULL REFERENCES item (id), weight integer NOT NULL)",
    "CREATE TABLE loose (a integer NOT NULL, b varchar(10))",
    "CREATE TABLE visit (id integer NOT NULL, year integer NOT NULL) PARTITION BY RANGE (year)",
    "CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM (0) TO (2022)",
    "CREATE TABLE visit_new PARTITION OF visit FOR VALUES FROM (2022) TO (9999)",
    "CREATE TABLE paper (id integer PRIMARY KEY, body jsonb)",
    "CREATE TABLE barren (id integer PRIMARY KEY)",
    "CREATE TABLE spare (id integer PRIMARY KEY)",
    "CREATE SCHEMA beside",
    "CREATE TABLE beside.heir () INHERITS (public.item)",
    "CREATE TABLE beside.other (id integer)",
)
RULES = {"skip_tables": ["spare"]}


@dataclass(frozen=True)
class Forgery:
    """A tampering with a file or the folder of the run; `do` gets the run directory, which is put back afterwards."""

    name: str
    do: Do
    found: str = ""
    unseen: str = ""


ROWS = (
    simple(
        "a row deleted",
        "DELETE FROM part WHERE weight = 30",
        "INSERT INTO part VALUES (3, 3, 30)",
        "small.part: the row id=3 is missing",
    ),
    simple(
        "a row added",
        "INSERT INTO item VALUES (9, 'nine', NULL)",
        "DELETE FROM item WHERE id = 9",
        "small.item: the row id=9 is unexpected",
    ),
    simple(
        "a row added to an empty table",
        "INSERT INTO barren VALUES (1)",
        "DELETE FROM barren",
        "small.barren: the row id=1 is unexpected",
    ),
    Tampering(
        "all rows of a table deleted",
        ("TRUNCATE part",),
        ("INSERT INTO part VALUES (1, 1, 10), (2, 1, 20), (3, 3, 30)",),
        "small.part: the row id=1 is missing",
    ),
    Tampering(
        "the values of two rows exchanged",
        ("UPDATE part SET weight = 30 - weight WHERE weight IN (10, 20)",),
        ("UPDATE part SET weight = 30 - weight WHERE weight IN (10, 20)",),
        "is changed in column weight",
    ),
    Tampering(
        "the keys of two rows exchanged",
        ("UPDATE visit SET id = 3 - id",),
        ("UPDATE visit SET id = 3 - id",),
        "visit",
    ),
    simple(
        "one of two rows that are the same deleted",
        "DELETE FROM loose WHERE ctid = (SELECT min(ctid) FROM loose WHERE a = 1)",
        "INSERT INTO loose VALUES (1, 'x')",
        "loose",
    ),
    simple(
        "a third of two rows that are the same",
        "INSERT INTO loose VALUES (1, 'x')",
        "DELETE FROM loose WHERE ctid = (SELECT max(ctid) FROM loose WHERE a = 1)",
        "loose",
    ),
    simple(
        "a row moved from one partition to the other",
        "UPDATE visit SET year = 2024 WHERE id = 1",
        "UPDATE visit SET year = 2020 WHERE id = 1",
        "visit",
    ),
    simple(
        "a row moved to a table that inherits",
        "WITH gone AS (DELETE FROM ONLY item WHERE id = 2 RETURNING *) INSERT INTO beside.heir SELECT * FROM gone",
        "WITH gone AS (DELETE FROM beside.heir RETURNING *) INSERT INTO item SELECT * FROM gone",
        "small.item: the row id=2 is missing",
    ),
    simple(
        "a document deleted and an empty one left",
        """UPDATE paper SET body = '{}' WHERE id = 1""",
        """UPDATE paper SET body = '{"a": 1}' WHERE id = 1""",
        "small.paper: the row id=1 is changed in column body",
    ),
    simple(
        "a sequence put back",
        "SELECT setval('part_id_seq', 1, false)",
        "SELECT setval('part_id_seq', 4, false)",
        "part_id_seq of part.id would give 1, which is below 4",
    ),
    Tampering(
        "a row written again as it was",
        ("UPDATE item SET note = note WHERE id = 3",),
        (),
        unseen="the value is the source's; the cut-over counts the rows that were written since the load",
    ),
    Tampering(
        "a row added to a table that inherits from a planned one",
        ("INSERT INTO beside.heir VALUES (9, 'nine', NULL)",),
        ("DELETE FROM beside.heir",),
        unseen="the rows of a planned table are its own; what inherits from it is another table, of somebody else",
    ),
    Tampering(
        "a row added to a table that the plan skips",
        ("INSERT INTO spare VALUES (1)",),
        ("DELETE FROM spare",),
        unseen="skip_tables says that it is not moved; the last line names it, and the roll-back counts its new rows",
    ),
    Tampering(
        "a row added to a table of another schema",
        ("INSERT INTO beside.other VALUES (1)",),
        ("DELETE FROM beside.other",),
        unseen="a run is about one schema of a database",
    ),
    Tampering(
        "a sequence set farther than it need be",
        ("SELECT setval('part_id_seq', 1000, false)",),
        ("SELECT setval('part_id_seq', 4, false)",),
        unseen="every later value is free: applications leave gaps of their own",
    ),
    Tampering(
        "the statistics of a table deleted",
        ("DELETE FROM pg_statistic WHERE starelid = 'item'::regclass",),
        ("ANALYZE item",),
        unseen="statistics hold no value; the load analyses every table, and the server does so again by itself",
    ),
)
LEDGER = (
    simple(
        "a chunk struck off",
        "CREATE TABLE beside.kept AS SELECT * FROM convergence.chunk; DELETE FROM convergence.chunk"
        " WHERE table_name = 'item'",
        "INSERT INTO convergence.chunk SELECT * FROM beside.kept WHERE table_name = 'item'; DROP TABLE beside.kept",
        "chunk 0 of item is missing in its ledger",
    ),
    simple(
        "a chunk entered that nobody dumped",
        "INSERT INTO convergence.chunk SELECT table_name, 7, sha256, rows, loaded FROM convergence.chunk"
        " WHERE table_name = 'item'",
        "DELETE FROM convergence.chunk WHERE number = 7",
        "chunk 7 of item is another one in its ledger",
    ),
    simple(
        "the rows of a chunk counted otherwise",
        "UPDATE convergence.chunk SET rows = rows + 1 WHERE table_name = 'item'",
        "UPDATE convergence.chunk SET rows = rows - 1 WHERE table_name = 'item'",
        "chunk 0 of item is another one in its ledger",
    ),
    simple(
        "the sum of a chunk another one",
        "UPDATE convergence.chunk SET sha256 = reverse(sha256) WHERE table_name = 'item'",
        "UPDATE convergence.chunk SET sha256 = reverse(sha256) WHERE table_name = 'item'",
        "chunk 0 of item is another one in its ledger",
    ),
    simple(
        "the ledger of another run",
        "UPDATE convergence.run SET run_id = reverse(run_id)",
        "UPDATE convergence.run SET run_id = reverse(run_id)",
        "another run",
    ),
    simple(
        "the ledger of another plan",
        "UPDATE convergence.run SET plan = reverse(plan)",
        "UPDATE convergence.run SET plan = reverse(plan)",
        "another transform.json of this run",
    ),
    simple(
        "a load that says it has not ended",
        "UPDATE convergence.run SET state = 'rebuilt'",
        "UPDATE convergence.run SET state = 'complete'",
        "is not complete",
    ),
    simple(
        "the ledger renamed",
        "ALTER SCHEMA convergence RENAME TO elsewhere",
        "ALTER SCHEMA elsewhere RENAME TO convergence",
        "is not complete",
    ),
    Tampering(
        "what the load has filled struck off",
        (
            "CREATE TABLE beside.kept AS SELECT * FROM convergence.filled; DELETE FROM convergence.filled"
            " WHERE table_name = 'item'",
        ),
        (
            "INSERT INTO convergence.filled SELECT * FROM beside.kept WHERE table_name = 'item';"
            " DROP TABLE beside.kept",
        ),
        unseen="only a reset reads it, which then leaves the table's rows where they are and says what it has emptied",
    ),
)


def _edit(name: str, old: bytes, new: bytes) -> Do:
    def do(run: Path) -> None:
        path = run / name
        content = path.read_bytes()
        assert old in content, (name, old)
        path.write_bytes(content.replace(old, new, 1))

    return do


def _remove(name: str) -> Do:
    return lambda run: (run / name).unlink()


def _replace(name: str, content: bytes) -> Do:
    def do(run: Path) -> None:
        (run / name).write_bytes(content)

    return do


def _lay_over(run: Path) -> None:
    (run / "transform.json").write_bytes((run / "run.json").read_bytes())


def _chunk(run: Path) -> Path:
    return sorted(run.glob("snapshot/small/*.copy.zst"))[0]


def _damage_chunk(run: Path) -> None:
    path = _chunk(run)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


_SEAL = "does not bear the seal of this run"
_MANIFEST = "snapshot/small/manifest.json"
FILES = (
    Forgery("the mark of the run edited", _edit("run.json", b'"run_id": "', b'"run_id": "f'), _SEAL),
    Forgery("the run's key removed", _remove("key"), "key"),
    Forgery(
        "the run's key another one",
        _replace("key", b"alkemio.convergence key 1\n" + b"0" * 64 + b"\n"),
        "is not the one that the run began with",
    ),
    Forgery(
        "the plan edited",
        _edit("transform.json", b'"weight"', b'"height"'),
        _SEAL,
    ),
    Forgery("the plan removed", _remove("transform.json"), "Run the transform step"),
    Forgery("the source's catalog edited", _edit("source-catalog.json", b'"weight"', b'"height"'), _SEAL),
    Forgery("the target's catalog edited", _edit("target-catalog.json", b'"weight"', b'"height"'), _SEAL),
    Forgery("the manifest edited", _edit(_MANIFEST, b'"rows": 3', b'"rows": 4'), _SEAL),
    Forgery("the position of the dump edited", _edit(_MANIFEST, b'"taken": "2', b'"taken": "3'), _SEAL),
    Forgery("the manifest cut", _replace(_MANIFEST, b'{"format": 1'), "cannot be used"),
    Forgery("the manifest removed", _remove(_MANIFEST), "is missing"),
    Forgery(
        "the list of altered values edited",
        _replace("alterations.jsonl", b'{"database": "small"}\n'),
        "alterations",
    ),
    Forgery(
        "another file under the plan's name",
        _lay_over,
        _SEAL,
    ),
    Forgery("the state of the cut-over forged", _replace("cutover.json", b'{"history": []}'), _SEAL),
    Forgery("the record of the freeze forged", _replace("freeze.json", b'{"frozen": "2026"}'), _SEAL),
    Forgery(
        "a link among the files",
        lambda run: (run / "notes").symlink_to(run / "run.json"),
        "is a link or belongs to another user",
    ),
    Forgery(
        "a folder that others may write into",
        lambda run: run.chmod(0o777),
        "Others may write into the run directory",
    ),
    Forgery(
        "the report edited",
        _edit("report.json", b'"verdict": "equal"', b'"verdict": "other"'),
        unseen="a verification makes it anew; the cut-over, which believes it, looks at its seal",
    ),
    Forgery(
        "the report removed",
        _remove("report.json"),
        unseen="a verification makes it anew; the cut-over asks for it",
    ),
    Forgery(
        "the kept sums edited",
        _edit("sums.json", b'"computed"', b'"reckoned"'),
        unseen="a verification that asks the source makes them anew; one that does not looks at their seal",
    ),
    Forgery(
        "a chunk damaged",
        _damage_chunk,
        unseen="the rows are on the target, and the source says what they are; the load looks at every byte",
    ),
    Forgery(
        "a chunk removed",
        lambda run: _chunk(run).unlink(),
        unseen="the rows are on the target, and the source says what they are; the load looks at every byte",
    ),
    Forgery(
        "a line of the journal edited",
        _edit("journal.jsonl", b'"dump"', b'"jump"'),
        unseen="it holds times of phases, and nothing that is proved",
    ),
    Forgery(
        "a file of somebody's laid beside",
        _replace("notes.txt", b"x"),
        unseen="no step reads it, and none removes it",
    ),
)

SOURCE_WRITES = (
    simple(
        "a row added", "INSERT INTO item VALUES (9, 'nine', NULL)", "DELETE FROM item WHERE id = 9", "item"
    ),
    simple(
        "a value changed",
        "UPDATE part SET weight = 31 WHERE weight = 30",
        "UPDATE part SET weight = 30 WHERE weight = 31",
        "part",
    ),
    simple(
        "a row deleted",
        "DELETE FROM part WHERE weight = 30",
        "INSERT INTO part VALUES (3, 3, 30)",
        "part",
    ),
    Tampering(
        "a value changed and changed back",
        ("UPDATE part SET weight = 31 WHERE weight = 30", "UPDATE part SET weight = 30 WHERE weight = 31"),
        (),
        "part",
    ),
    Tampering(
        "an empty table emptied",
        ("TRUNCATE TABLE barren",),
        (),
        unseen="it held no row before, and holds none now",
    ),
    simple(
        "a column added",
        "ALTER TABLE barren ADD COLUMN more int",
        "ALTER TABLE barren DROP COLUMN more",
        "barren were altered",
    ),
    simple(
        "a type changed",
        "ALTER TABLE barren MODIFY id bigint NOT NULL",
        "ALTER TABLE barren MODIFY id int NOT NULL",
        "barren were altered",
    ),
    simple(
        "an index added",
        "CREATE INDEX later ON part (weight)",
        "DROP INDEX later ON part",
        "part were altered",
    ),
    simple("a table made", "CREATE TABLE late (id int)", "DROP TABLE late", "late came"),
    simple("a table dropped", "DROP TABLE barren", SOURCE[5], "barren went"),
    simple(
        "a table renamed",
        "RENAME TABLE barren TO bare",
        "RENAME TABLE bare TO barren",
        "bare came",
    ),
    simple(
        "a row added to a table that the plan skips",
        "INSERT INTO spare VALUES (1)",
        "DELETE FROM spare",
        "spare",
    ),
    Tampering(
        "a row written to another database of the server",
        ("CREATE DATABASE IF NOT EXISTS beside_small; CREATE TABLE beside_small.t (id int)",),
        ("DROP DATABASE beside_small",),
        unseen="another database of the server is none of the run",
    ),
    simple(
        "a counter set farther",
        "ALTER TABLE part AUTO_INCREMENT = 500",
        "ALTER TABLE part AUTO_INCREMENT = 4",
        "part_id_seq",
    ),
)
