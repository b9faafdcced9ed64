# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore takes, what it refuses, and what happens when it runs again."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from ansible_collections.alkemio.convergence.plugins.module_utils._copy import restore as restore_engine
from ansible_collections.alkemio.convergence.plugins.module_utils._copy.restore import restore
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    AlreadyRunning,
    ForeignRunDirectory,
    InputError,
    ServerError,
    TargetNotReady,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move.inspect import inspect_source
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import restored
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql.connection import query

from tests.copies.conftest import Copy
from tests.support.engine import places, small
from tests.support.playbooks import programs

MYSQL57 = Path(__file__).with_name("mysql57.sql")
ITEMS = [(1, "one", None), (2, "two", ""), (3, "three", "third")]


@pytest.fixture(scope="module")
def source(copy: Copy) -> Iterator[str]:
    name = places.new_source(copy.origin, "small")
    places.ask(copy.origin, name, *small.SOURCE)
    yield name
    places.drop(copy.origin, name)


@pytest.fixture
def dump(copy: Copy, source: str, tmp_path: Path) -> Path:
    return programs.dump(copy.origin, tmp_path / "dump.sql", "--routines", "--triggers", "--events", source)


@pytest.fixture
def plain(copy_of_mariadb: Copy, tmp_path: Path) -> Path:
    """A dump of one table, for what does not depend on the family."""
    name = places.new_source(copy_of_mariadb.origin, "plain")
    places.ask(copy_of_mariadb.origin, name, *small.SOURCE)
    file = programs.dump(copy_of_mariadb.origin, tmp_path / "plain.sql", name)
    places.drop(copy_of_mariadb.origin, name)
    return file


def frames(content: bytes) -> bytes:
    """Several zstd frames, as parallel packers write them."""
    pack = zstandard.ZstdCompressor().compress
    return pack(content[:700]) + pack(content[700:])


PACKERS: list[Callable[[bytes], bytes]] = [bytes, gzip.compress, zstandard.ZstdCompressor().compress, frames]
NAMES = ["plain", "gzip", "zstd", "zstd in frames"]


@pytest.mark.parametrize("pack", PACKERS, ids=NAMES)
def test_restores_whatever_the_file_is_packed_with(copy: Copy, dump: Path, pack: Any) -> None:
    dump.write_bytes(pack(dump.read_bytes()))
    outcome = copy.restore(dump, "packed")
    assert (outcome.changed, outcome.tables, outcome.doubts) == (True, 2, ())
    assert outcome.sha256 == hashlib.sha256(dump.read_bytes()).hexdigest()
    assert copy.ask("packed", "SELECT * FROM item ORDER BY id") == [*map(tuple, ITEMS)]


def test_a_second_restore_changes_nothing(copy: Copy, dump: Path) -> None:
    assert copy.restore(dump, "twice").changed
    copy.ask("twice", "DELETE FROM part WHERE id = 1")
    for check in (True, False):
        outcome = copy.restore(dump, "twice", check=check)
        assert (outcome.changed, outcome.tables) == (False, 2)


def test_another_file_takes_the_place_of_the_one_before(copy: Copy, dump: Path) -> None:
    copy.restore(dump, "replaced")
    dump.write_bytes(dump.read_bytes().replace(b"'third'", b"'fourth'"))
    assert copy.restore(dump, "replaced", check=True).changed
    assert copy.ask("replaced", "SELECT note FROM item WHERE id = 3") == [("third",)]
    assert copy.restore(dump, "replaced").changed
    assert copy.ask("replaced", "SELECT note FROM item WHERE id = 3") == [("fourth",)]


def test_check_mode_only_says_what_it_would_do(copy: Copy, dump: Path) -> None:
    outcome = copy.restore(dump, "foreseen", check=True)
    assert (outcome.changed, outcome.tables) == (True, 0)
    assert copy.ask(None, "SHOW DATABASES LIKE 'foreseen'") == []


def photograph(copy: Copy, database: str) -> list[Any]:
    """What somebody keeps in the database."""
    found: list[Any] = copy.ask(None, f"SHOW CREATE DATABASE `{database}`")
    for kind, column in (
        ("tables", "table_schema"),
        ("routines", "routine_schema"),
        ("events", "event_schema"),
    ):
        found += copy.ask(
            None, f"SELECT COUNT(*) FROM information_schema.{kind} WHERE {column} = '{database}'"
        )
    return found


THINGS = {
    "table": "CREATE TABLE `precious`.letter (words text)",
    "view": "CREATE VIEW `precious`.seen AS SELECT 1 AS one",
    "procedure": "CREATE PROCEDURE `precious`.work() SELECT 1",
    "function": "CREATE FUNCTION `precious`.one() RETURNS int DETERMINISTIC RETURN 1",
    "event": "CREATE EVENT `precious`.later ON SCHEDULE EVERY 1 YEAR DO SELECT 1",
    "table with the name of our mark": "CREATE TABLE `precious`.convergence_restored (id int)",
}


@pytest.mark.fault("B5")
@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("after_us", [False, True], ids=["never ours", "in the place of ours"])
def test_a_database_that_no_restore_made_is_refused_and_stays(
    copy: Copy, dump: Path, thing: str, after_us: bool
) -> None:
    copy.ask(None, "DROP DATABASE IF EXISTS precious")
    if after_us:
        assert copy.restore(dump, "precious").changed
        copy.ask(None, "DROP DATABASE precious")
    copy.ask(None, "CREATE DATABASE precious CHARACTER SET latin1")
    copy.ask(None, THINGS[thing])
    before = photograph(copy, "precious")
    for check in (True, False):
        with pytest.raises(TargetNotReady, match="already has a database 'precious' that no restore made"):
            copy.restore(dump, "precious", check=check)
    assert photograph(copy, "precious") == before


@pytest.mark.fault("B5")
def test_an_empty_database_is_taken_without_being_dropped(copy: Copy, dump: Path) -> None:
    copy.ask(None, "CREATE DATABASE vacant CHARACTER SET latin1")
    assert copy.restore(dump, "vacant", check=True).changed
    assert copy.ask("vacant", "SELECT @@character_set_database") == [("latin1",)]
    assert copy.restore(dump, "vacant").tables == 2
    assert copy.ask("vacant", "SELECT @@character_set_database") == [("utf8mb4",)]


@pytest.mark.fault("B5")
@pytest.mark.parametrize(
    "moment", ["CREATE DATABASE", "ALTER DATABASE", "CREATE TABLE IF NOT EXISTS", "REPLACE"]
)
@pytest.mark.parametrize("again", [False, True], ids=["the first", "over another file"])
def test_a_restore_killed_before_its_mark_stands_begins_again(
    copy: Copy, dump: Path, monkeypatch: pytest.MonkeyPatch, moment: str, again: bool
) -> None:
    copy.ask(None, "DROP DATABASE IF EXISTS killed")
    if again:
        copy.restore(dump, "killed")
        dump.write_bytes(dump.read_bytes().replace(b"'third'", b"'fourth'"))
    hits = []

    def killed(connection: Any, statement: str, *arguments: Any) -> Any:
        if statement.startswith(moment):
            hits.append(statement)
            raise KeyboardInterrupt
        return query(connection, statement, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(restore_engine, "query", killed)
        patch.setattr(restored, "query", killed)
        with pytest.raises(KeyboardInterrupt):
            copy.restore(dump, "killed")
    assert hits
    assert copy.restore(dump, "killed").changed
    assert copy.ask("killed", "SELECT COUNT(*) FROM item") == [(3,)]
    assert not copy.restore(dump, "killed").changed


@pytest.mark.fault("B5")
def test_the_mark_is_no_table_of_the_copy(copy: Copy, dump: Path, tmp_path: Path) -> None:
    assert copy.restore(dump, "marked").tables == 2
    found = inspect_source(copy.login, ["marked"], str(tmp_path / "run"), check=False)
    assert sorted(found.catalog.databases["marked"].tables) == ["item", "part"]
    assert "convergence_restored" not in str(found.catalog.to_json())
    assert sorted(found.sizes["marked"]) == ["item", "part"]
    assert copy.ask(None, "SHOW DATABASES LIKE 'convergence%'") == []


@pytest.mark.fault("B5")
def test_a_dump_of_a_copy_does_not_bring_its_mark(copy: Copy, dump: Path, tmp_path: Path) -> None:
    copy.restore(dump, "first_copy")
    file = tmp_path / "second.sql"
    plain = {"mariadb": "--skip-ssl", "mysql": "--ssl-mode=DISABLED"}[copy.origin.kind]
    login = [f"--socket={copy.folder / 'server.sock'}", "--user=root", plain]
    with file.open("wb") as out:
        subprocess.run([programs.dumper(copy.origin.kind), *login, "first_copy"], stdout=out, check=True)
    assert b"convergence_restored" in file.read_bytes()
    whole = file.read_bytes()
    cut = whole.rindex(b"INSERT INTO `part`")
    file.write_bytes(whole[:cut])
    with pytest.raises(InputError, match="it is cut"):
        copy.restore(file, "second_copy")
    with pytest.raises(InputError, match="restore of the database 'second_copy' has not ended"):
        inspect_source(copy.login, ["second_copy"], None, check=False)
    file.write_bytes(whole)
    outcome = copy.restore(file, "second_copy")
    assert (outcome.changed, outcome.tables) == (True, 2)
    assert copy.ask("second_copy", "SELECT sha256, complete FROM convergence_restored") == [
        (outcome.sha256, 1)
    ]


@pytest.mark.fault("B5")
def test_a_table_of_the_application_with_the_name_of_the_mark_is_named(copy: Copy, dump: Path) -> None:
    dump.write_bytes(dump.read_bytes().replace(b"`part`", b"`convergence_restored`"))
    with pytest.raises(InputError, match="a table 'convergence_restored' of the application's own"):
        copy.restore(dump, "named")


def test_a_wrong_checksum_is_refused_and_the_right_one_taken(copy: Copy, dump: Path) -> None:
    right = hashlib.sha256(dump.read_bytes()).hexdigest()
    with pytest.raises(InputError, match=f"has the SHA-256 {right}, not 0000"):
        copy.restore(dump, "measured", checksum="0" * 64)
    assert copy.ask(None, "SHOW DATABASES LIKE 'measured'") == []
    assert copy.restore(dump, "measured", checksum=right.upper()).sha256 == right


def cut_in_value(content: bytes) -> bytes:
    return content[: content.index(b"'third'") + 3]


def cut_between_statements(content: bytes) -> bytes:
    return content[: content.index(b"UNLOCK TABLES;\n") + 15]


def cut_in_hidden_statement(content: bytes) -> bytes:
    return content[: content.rindex(b"/*!40101 SET") + 30]


def cut_before_last_line(content: bytes) -> bytes:
    return content[: content.index(b"-- Dump completed")]


def cut_in_last_line(content: bytes) -> bytes:
    return content[: content.index(b"-- Dump completed") + 9]


def cut_of_settings_only(content: bytes) -> bytes:
    lines = [line for line in content.splitlines(keepends=True) if not line.startswith(b"--")]
    return b"".join(lines[:-3])


CUTS = [
    cut_in_value,
    cut_between_statements,
    cut_in_hidden_statement,
    cut_before_last_line,
    cut_in_last_line,
    cut_of_settings_only,
]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("pack", PACKERS[:3], ids=NAMES[:3])
def test_a_cut_dump_is_refused(copy_of_mariadb: Copy, plain: Path, cut: Any, pack: Any) -> None:
    plain.write_bytes(pack(cut(plain.read_bytes())))
    with pytest.raises(InputError, match="it is cut"):
        copy_of_mariadb.restore(plain, "cut")


@pytest.mark.parametrize("pack", PACKERS[1:], ids=NAMES[1:])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_cut_packed_file_is_refused(copy_of_mariadb: Copy, plain: Path, share: float, pack: Any) -> None:
    packed = pack(plain.read_bytes())
    plain.write_bytes(packed[: int(len(packed) * share)])
    with pytest.raises(InputError, match=r"cannot be read to its end|it is cut"):
        copy_of_mariadb.restore(plain, "cut")


@pytest.mark.parametrize("pack", PACKERS[1:3], ids=NAMES[1:3])
def test_a_damaged_packed_file_is_refused(copy_of_mariadb: Copy, plain: Path, pack: Any) -> None:
    packed = bytearray(pack(plain.read_bytes()))
    packed[len(packed) // 2] ^= 0x55
    plain.write_bytes(packed)
    with pytest.raises((InputError, ServerError)) as refused:
        copy_of_mariadb.restore(plain, "cut")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04zip", "Unpack it first"),
        (b"BZh91AY&SY", "Unpack it first"),
        ("-- MySQL dump\n".encode("utf-16"), "neither SQL in UTF-8 nor packed"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    copy_of_mariadb: Copy, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(InputError, match=says):
        copy_of_mariadb.restore(tmp_path / "other", "other")


def test_a_file_that_is_not_there_is_named(copy_of_mariadb: Copy, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.sql cannot be read: No such file"):
        copy_of_mariadb.restore(tmp_path / "nothing.sql", "other")


def test_a_refused_restore_begins_again_with_a_whole_file(copy: Copy, dump: Path) -> None:
    whole = dump.read_bytes()
    dump.write_bytes(cut_between_statements(whole))
    with pytest.raises(InputError, match="it is cut"):
        copy.restore(dump, "again")
    dump.write_bytes(whole)
    assert copy.restore(dump, "again").changed
    assert copy.ask("again", "SELECT COUNT(*) FROM part") == [(3,)]


def test_a_half_restored_database_is_no_source(copy: Copy, dump: Path, tmp_path: Path) -> None:
    dump.write_bytes(cut_between_statements(dump.read_bytes()))
    with pytest.raises(InputError):
        copy.restore(dump, "half")
    with pytest.raises(InputError, match="restore of the database 'half' has not ended"):
        inspect_source(copy.login, ["half"], str(tmp_path / "run"), check=False)


def test_a_run_is_bound_to_the_file(copy: Copy, dump: Path, tmp_path: Path) -> None:
    outcome = copy.restore(dump, "bound")
    run = tmp_path / "run"
    inspect_source(copy.login, ["bound"], str(run), check=False)
    assert f'"bound": "{outcome.sha256}"' in (run / "run.json").read_text("utf-8")
    dump.write_bytes(dump.read_bytes().replace(b"'third'", b"'fourth'"))
    copy.restore(dump, "bound")
    with pytest.raises(ForeignRunDirectory, match="belongs to another source_files"):
        inspect_source(copy.login, ["bound"], str(run), check=False)


def test_two_restores_of_one_database_do_not_meet(copy_of_mariadb: Copy, plain: Path) -> None:
    name = "convergence " + hashlib.sha256(b"busy").hexdigest()[:40]
    with copy_of_mariadb.session() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", (name,))
        with pytest.raises(AlreadyRunning, match="Another restore works on the database 'busy'"):
            copy_of_mariadb.restore(plain, "busy")


def test_one_database_of_a_dump_of_several(copy: Copy, source: str, tmp_path: Path) -> None:
    other = places.new_source(copy.origin, "other")
    places.ask(copy.origin, other, "CREATE TABLE alone (id int PRIMARY KEY)", "INSERT INTO alone VALUES (7)")
    places.ask(copy.origin, other, "CREATE SQL SECURITY INVOKER VIEW seen AS SELECT id FROM alone")
    words = ["--add-drop-database", "--routines", "--databases", source, other]
    file = programs.dump(copy.origin, tmp_path / "several.sql", *words)
    places.drop(copy.origin, other)
    assert copy.restore(file, "first", dumped_as=source).tables == 2
    assert copy.restore(file, "second", dumped_as=other).tables == 1
    assert copy.ask("second", "SELECT * FROM seen") == [(7,)]
    assert copy.ask(None, f"SHOW DATABASES LIKE '{source}'") == []
    assert copy.restore(file, "second", dumped_as=source).changed
    with pytest.raises(InputError, match=f"holds the databases {other}, {source}, and no third"):
        copy.restore(file, "third")


def test_a_dump_of_the_whole_server(copy: Copy, source: str, tmp_path: Path) -> None:
    words = ["--all-databases", "--routines", "--events", "--flush-privileges"]
    file = programs.dump(copy.origin, tmp_path / "all.sql", *words)
    accounts = copy.ask(None, "SELECT User FROM mysql.user")
    assert copy.restore(file, "one_of_all", dumped_as=source).tables == 2
    assert copy.ask(None, "SELECT User FROM mysql.user") == accounts


def test_a_dump_without_marks_is_taken_with_a_warning(copy: Copy, source: str, tmp_path: Path) -> None:
    file = programs.dump(copy.origin, tmp_path / "compact.sql", "--compact", source)
    end, zone = copy.restore(file, "compact").as_result()["warnings"]
    assert "does not mark its end" in end
    assert "does not name its time zone" in zone


def test_events_of_the_dump_do_not_run(copy: Copy, source: str, tmp_path: Path) -> None:
    assert copy.ask(None, "SELECT @@GLOBAL.event_scheduler") == [("OFF",)]


def test_a_value_that_the_server_would_change_stops_the_restore(copy: Copy, dump: Path) -> None:
    changed = dump.read_bytes().replace(b"'third'", b"'" + b"x" * 70_000 + b"'")
    dump.write_bytes(changed)
    with pytest.raises(
        ServerError, match=r"would change values of the table 'item'.*error 1265 in column note"
    ):
        copy.restore(dump, "changed")
    assert copy.ask("changed", "SELECT complete FROM convergence_restored") == [(0,)]


def test_a_statement_that_the_server_refuses_is_numbered(copy: Copy, dump: Path) -> None:
    dump.write_bytes(dump.read_bytes().replace(b"ENGINE=InnoDB", b"COLLATE=unknown_ci", 1))
    with pytest.raises(ServerError, match=r"Statement \d+ of .*dump\.sql failed \(CREATE TABLE `item`"):
        copy.restore(dump, "refused")


def test_a_dump_of_mysql_57(copy: Copy) -> None:
    outcome = copy.restore(MYSQL57, "shop57")
    assert (outcome.tables, outcome.doubts) == (2, ())
    rows = copy.ask(
        "shop57",
        "SELECT id, HEX(name), CAST(born AS CHAR), CAST(seen AS CHAR), CAST(`left` AS CHAR), flags, rate, since "
        "FROM customer ORDER BY id",
    )
    assert [tuple(map(str, row)) for row in rows] == [
        (
            "0",
            b"Zo\xeb;\n".hex().upper(),
            "0000-00-00",
            "0000-00-00 00:00:00",
            "2024-02-31 00:00:00",
            "7",
            "1234.5",
            "1999",
        ),
        (
            "11",
            b"\x80 \\ ' \"".hex().upper(),
            "1970-00-00",
            "2017-03-26 01:30:00",
            "None",
            "0",
            "None",
            "None",
        ),
    ]
    assert copy.ask("shop57", "SELECT * FROM note") == [(11, "DELIMITER ;;\nUSE `shop`;\n-- Dump completed")]
    found = copy.ask(
        "shop57",
        "SELECT definer, action_statement FROM information_schema.triggers WHERE trigger_schema = 'shop57'",
    )
    assert [row[0] for row in found] == ["application@10.0.%"]
    assert "'new;'" in found[0][1] and found[0][1].rstrip().endswith("END")
    assert copy.ask("shop57", "SELECT id FROM known ORDER BY id") == [(0,), (11,)]


def test_a_login_that_is_no_private_server_works_too(copy: Copy, dump: Path) -> None:
    """Any server that is there for copies alone will do."""
    server = copy.origin
    login = type(copy.login)(server.host, server.port, server.user, server.password)
    name = places.unique("public")
    assert restore(login, str(dump), name).changed
    places.drop(server, name)
