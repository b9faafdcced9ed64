# SPDX-License-Identifier: GPL-3.0-or-later
"""The run directory and its files: closed to others, whole or refused, never half written."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    AlreadyRunning,
    ConvergenceError,
    DamagedSnapshot,
    ForeignRunDirectory,
    InputError,
    SealBroken,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._range import Range
from ansible_collections.alkemio.convergence.plugins.module_utils._run import (
    alterations,
    chunks,
    directory,
    files,
    journal,
    manifest,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._run.alterations import Alteration
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory
from ansible_collections.alkemio.convergence.plugins.module_utils._run.manifest import (
    Chunk,
    Manifest,
    TableSnapshot,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    old = os.umask(request.param)
    yield
    os.umask(old)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    made = RunDirectory(str(tmp_path / "run"))
    made.ensure()
    made.bind(source="a")
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_is_closed_to_others_whatever_the_umask(umask: None, tmp_path: Path) -> None:
    run = RunDirectory(str(tmp_path / "deep" / "run"))
    run.ensure()
    run.bind(source="a")
    journal.record(run, "dump", "started")
    run.hmac_key()
    with run.locked():
        pass
    alterations.write(run, [])
    run.write(run.report, {})
    run.set_report_aside("reset")
    assert mode(run.path) == 0o700
    found = {path.name: mode(path) for path in run.path.iterdir()}
    records = {"run.json", "journal.jsonl", "key", "lock", "alterations.jsonl", "report-before-reset.json"}
    assert set(found) == records
    assert all(map(directory.is_record, records))
    assert set(found.values()) == {0o600}


def test_an_existing_empty_folder_is_closed(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    RunDirectory(str(tmp_path / "run")).ensure()
    assert mode(tmp_path / "run") == 0o700


def test_a_folder_that_others_filled_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o777)
    (tmp_path / "run" / "key").write_bytes(b"known")
    with pytest.raises(InputError, match="Others may write"):
        RunDirectory(str(tmp_path / "run")).ensure()


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(InputError, match="link"):
        RunDirectory(str(tmp_path / "run")).ensure()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError):
        RunDirectory(str(tmp_path / "dangling")).ensure()
    assert not (tmp_path / "nowhere").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(InputError, match="not a directory"):
        RunDirectory(str(tmp_path / "run")).ensure()


@pytest.mark.parametrize("name", ["run.json", "journal.jsonl", "key", "lock", "report.json"])
def test_a_link_among_the_files_is_never_followed(run: RunDirectory, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (run.path / name).unlink(missing_ok=True)
    (run.path / name).symlink_to(victim)
    with pytest.raises(InputError, match=name):
        run.check()
    with pytest.raises(InputError, match=name):
        files.open_read(run.path / name)
    with pytest.raises(InputError, match=name):
        files.append_line(run.path / name, b"line")
    with files.open_write(run.path / name) as handle:  # takes the link's place
        handle.write(b"ours")
    assert victim.read_text() == "precious"


def test_a_part_file_left_by_a_kill_is_replaced(run: RunDirectory) -> None:
    (run.path / "report.json.part").write_text("half")
    run.write(run.report, {"whole": True})
    assert run.read(run.report, "verify") == {"whole": True}
    assert not (run.path / "report.json.part").exists()


def test_a_write_that_fails_leaves_the_old_file(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    run.write(run.report, {"old": True})

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises((OSError, ConvergenceError)):
        run.write(run.report, {"new": True})
    monkeypatch.undo()
    assert run.read(run.report, "verify") == {"old": True}


def test_only_one_holds_the_directory(run: RunDirectory) -> None:
    with run.locked(), pytest.raises(AlreadyRunning, match="run_directory"), run.locked():
        pass
    with run.locked():
        pass


def test_a_run_of_another_source_is_refused_by_name(run: RunDirectory) -> None:
    run.bind(source="a", target="b")
    first = run.run_id()
    run.bind(source="a")
    with pytest.raises(ForeignRunDirectory, match="belongs to another target: b there, c here"):
        run.bind(target="c")
    assert run.run_id() == first
    run.write(run.run, {"format": 99, "run_id": "x"})
    with pytest.raises(ForeignRunDirectory, match="another version"):
        run.bind(source="a")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc", "a\0b"])
def test_a_database_cannot_lead_out_of_the_directory(run: RunDirectory, name: str) -> None:
    with pytest.raises(InputError):
        run.database(name)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"null"])
def test_a_damaged_file_is_named_with_the_step_that_makes_it(run: RunDirectory, content: bytes) -> None:
    directory.write_atomic(run.transform, content)
    with pytest.raises(InputError, match=r"transform\.json.*transform step"):
        run.read(run.transform, "transform")


def test_a_missing_file_is_named_with_the_step_that_makes_it(run: RunDirectory) -> None:
    with pytest.raises(InputError, match=r"transform\.json does not exist\. Run the transform step"):
        run.read(run.transform, "transform")


# --- manifest ---------------------------------------------------------------------------------------------


def an_example(run: RunDirectory) -> Manifest:
    spans = Range.between([b"a"])
    pieces = [Chunk(0, spans[0], "0.copy.zst", 3, 30, 20, "ab", 3), Chunk(1, spans[1])]
    found = TableSnapshot("t", "binary", ["id", "naïve"], pieces, {"id": 9}, 0, True, 3)
    return Manifest(run.run_id(), "db", "print", "frozen", {"update_times": {}}, tables={"t": found})


def kept(run: RunDirectory) -> Path:
    directory.make_folder(run.snapshot)
    directory.make_folder(run.database("db"))
    manifest.save(run, an_example(run))
    return run.database("db") / "manifest.json"


def test_a_manifest_comes_back_as_it_was(run: RunDirectory) -> None:
    assert manifest.load(run, "db") is None
    kept(run)
    found = manifest.load(run, "db")
    assert found is not None
    assert asdict(found) == asdict(an_example(run))
    assert (found.rows, found.bytes, found.chunks) == (3, 30, 2)


@pytest.mark.fault("A2")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rows": 2}, "0.copy.zst of t has 2 rows, and the scan met 3 in its range"),
        ({"rows": 2, "scanned": 2}, "the source counted 3 rows of t, and 2 scanned ones and 0 filtered"),
        ({"scanned": 4}, "the source counted 3 rows of t, and 4 scanned"),
        ({"scanned": True}, "an entry of 't' of another kind"),
    ],
    ids=str,
)
def test_a_manifest_whose_counts_disagree_is_refused(
    run: RunDirectory, change: dict[str, Any], says: str
) -> None:
    """Whatever its seal says: each step has counted by itself."""
    path = kept(run)
    data = run.read(path, "dump")
    data["tables"]["t"]["chunks"][0].update(change)
    run.write(path, data)
    with pytest.raises(DamagedSnapshot, match=says):
        manifest.load(run, "db")


def test_a_manifest_of_another_run_or_database_is_refused(run: RunDirectory) -> None:
    path = kept(run)
    data = run.read(path, "dump")
    for change in ({"run_id": "other"}, {"database": "other"}, {"format": 99}):
        run.write(path, {**data, **change})  # sealed: only a step of another kind could have written it
        with pytest.raises(ForeignRunDirectory, match="restart=true"):
            manifest.load(run, "db")


@pytest.mark.parametrize(
    "change",
    [
        {"tables": []},
        {"tables": {"t": {}}},
        {"surplus": 1},
        {
            "tables": {
                "t": {"name": "t", "format": "text", "columns": [], "chunks": [{"number": 0, "lower": "zz"}]}
            }
        },
        {
            "tables": {
                "t": {"name": "t", "format": "text", "columns": [], "chunks": [{"number": 0, "file": "../x"}]}
            }
        },
        {
            "tables": {
                "t": {"name": "t", "format": "text", "columns": [], "chunks": [{"number": 0, "rows": "9"}]}
            }
        },
    ],
    ids=str,
)
def test_a_damaged_manifest_is_refused(run: RunDirectory, change: dict[str, Any]) -> None:
    path = kept(run)
    data = json.loads(path.read_text("utf-8"))
    directory.write_atomic(path, json.dumps({**data, **change}).encode())
    with pytest.raises(SealBroken, match="restart=true"):
        manifest.load(run, "db")
    del data["seal"]
    run.write(path, {**data, **change})  # by somebody who has the key
    with pytest.raises(DamagedSnapshot, match="restart=true"):
        manifest.load(run, "db")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), cut=st.booleans())
def test_a_changed_byte_of_a_manifest_is_refused_or_harmless(
    run: RunDirectory, place: float, byte: int, cut: bool
) -> None:
    """What is refused is refused by name; nothing else escapes."""
    path = run.database("db") / "manifest.json"
    if not path.exists():
        kept(run)
    content = bytearray(path.read_bytes())
    position = int(place * len(content))
    if cut:
        del content[position:]
    else:
        content[position] = byte
    before = path.read_bytes()
    directory.write_atomic(path, bytes(content))
    try:
        assert asdict(manifest.load(run, "db") or an_example(run)) == asdict(an_example(run))
    except ConvergenceError as error:
        assert "manifest.json" in str(error)
    finally:
        directory.write_atomic(path, before)


# --- chunks -----------------------------------------------------------------------------------------------


def a_chunk(folder: Path, name: str, data: bytes) -> tuple[Path, str, int]:
    path = folder / name
    writer = chunks.ChunkWriter(path)
    for start in range(0, len(data), 1000):
        writer.write(data[start : start + 1000])
    digest = writer.finish()
    assert writer.bytes == len(data)
    return path, digest, writer.file_bytes


DATA = b"".join(f"{number}\tvalue {number * number}\n".encode() for number in range(20_000))


def test_a_chunk_gives_back_what_was_written(run: RunDirectory) -> None:
    for data in (b"", b"x", DATA):
        path, digest, size = a_chunk(run.path, "c.copy.zst", data)
        chunks.check(path, digest, size)
        assert b"".join(chunks.blocks(path, digest)) == data
        assert mode(path) == 0o600
        assert not list(run.path.glob("*.part"))


def test_every_single_changed_bit_is_found(run: RunDirectory) -> None:
    path, digest, size = a_chunk(run.path, "c.copy.zst", DATA[:3000])
    content = path.read_bytes()
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        with pytest.raises(DamagedSnapshot, match="restart=true"):
            chunks.check(path, digest, size)
        with pytest.raises(DamagedSnapshot):
            list(chunks.blocks(path, digest))


def test_every_truncation_and_addition_is_found(run: RunDirectory) -> None:
    path, digest, size = a_chunk(run.path, "c.copy.zst", DATA[:3000])
    content = path.read_bytes()
    for damaged in [content[:length] for length in range(len(content))] + [content + b"\0", content * 2]:
        path.write_bytes(damaged)
        with pytest.raises(DamagedSnapshot):
            chunks.check(path, digest, size)
        with pytest.raises(DamagedSnapshot):
            list(chunks.blocks(path, digest))


def test_chunks_that_changed_places_and_missing_ones_are_found(run: RunDirectory) -> None:
    one, one_digest, size = a_chunk(run.path, "1.copy.zst", DATA[:2000])
    other, _digest, _size = a_chunk(run.path, "2.copy.zst", DATA[2000:4000])
    other.replace(one)
    with pytest.raises(DamagedSnapshot):
        chunks.check(one, one_digest, size)
    one.unlink()
    with pytest.raises(DamagedSnapshot, match="cannot be read"):
        chunks.check(one, one_digest, size)
    with pytest.raises(DamagedSnapshot):
        list(chunks.blocks(one, one_digest))


# --- journal and alterations ------------------------------------------------------------------------------


def test_phases_add_up_what_attempts_took_and_forget_those_that_did_nothing(run: RunDirectory) -> None:
    with pytest.raises(ZeroDivisionError), journal.phase(run, "dump"):
        raise ZeroDivisionError
    with journal.phase(run, "dump") as facts:
        facts["rows"] = 7
    journal.record(run, "load", "started")
    journal.record(run, "load", "failed", seconds=1.25)
    journal.record(run, "load", "finished", seconds=2.5)
    journal.record(run, "load", "finished", seconds=9.0, changed=False)
    found = {phase["name"]: phase for phase in journal.phases(run)}
    assert list(found) == ["dump", "load"]
    assert found["load"] == {"name": "load", "seconds": 3.75, "state": "finished"}
    assert found["dump"]["state"] == "finished"
    assert journal.events(run)[1]["error"] == "ZeroDivisionError"


def test_a_line_that_a_kill_cut_is_left_out_and_takes_no_other_with_it(run: RunDirectory) -> None:
    journal.record(run, "dump", "started")
    with run.journal.open("ab") as handle:
        handle.write(b'{"at": "2024')
    assert [event["event"] for event in journal.events(run)] == ["started"]
    journal.record(run, "dump", "finished", seconds=1.0)
    assert [event["event"] for event in journal.events(run)] == ["started", "finished"]


@pytest.mark.parametrize("line", [b"7", b"[]", b'{"event": "finished"}', b"[" * 100_000, b"\xff"])
def test_a_line_of_another_kind_is_left_out(run: RunDirectory, line: bytes) -> None:
    files.append_line(run.journal, line)
    journal.record(run, "dump", "started")
    assert [phase["name"] for phase in journal.phases(run)] == ["dump"]


def test_alterations_show_a_keyed_hash_and_never_the_value(run: RunDirectory) -> None:
    def one(value: bytes | None, column: str = "c") -> Alteration:
        return Alteration("db", "t", column, "empty_string", "null", {"id": "7"}, value)

    written = alterations.write(run, [one(b"secret"), one(b"secret"), one(b"other", "d"), one(None)])
    text = run.alterations.read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert written.counts == {"db": {"t.c: empty_string → null": 3, "t.d: empty_string → null": 1}}
    assert "secret" not in text
    assert lines[0]["hmac"] == lines[1]["hmac"] != lines[2]["hmac"]
    assert lines[3]["hmac"] is None
    other = RunDirectory(str(run.path.parent / "other"))
    other.ensure()
    alterations.write(other, [one(b"secret")])
    assert lines[0]["hmac"] not in other.alterations.read_text("utf-8"), "another run has another key"
