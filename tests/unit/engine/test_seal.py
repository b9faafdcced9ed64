# SPDX-License-Identifier: GPL-3.0-or-later
"""The seal: what no step of this run wrote, into this file, is refused with the file's name and what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    InputError,
    SealBroken,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._run import alterations, directory, seal
from ansible_collections.alkemio.convergence.plugins.module_utils._run.alterations import Alteration
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

pytestmark = pytest.mark.fault("B6")

FILES = [
    "run.json",
    "source-catalog.json",
    "target-catalog.json",
    "transform.json",
    "schema-contract.json",
    "snapshot/shop/manifest.json",
    "report.json",
    "sums.json",
    "cutover.json",
    "freeze.json",
    "services.json",
    "configured.json",
    "database-settings.json",
]
REMEDIES = {
    "run.json": "name another migration_run_directory",
    "source-catalog.json": "Run the inspect step again",
    "target-catalog.json": "Run the inspect step again",
    "transform.json": "rules or in the profile",
    "manifest.json": "migration_restart",
    "report.json": "Run the verify step again",
}
CONTENT: dict[str, Any] = {"verdict": "different", "rows": 7, "part": 1.5, "name": "naïve 😀", "list": [{}]}


def begun(folder: Path) -> RunDirectory:
    run = RunDirectory(str(folder))
    run.ensure()
    run.bind(source="mariadb x", source_databases=["shop"])
    for inside in (run.snapshot, run.database("shop"), run.database("other")):
        directory.make_folder(inside)
    for name in FILES[1:]:
        run.write(run.path / name, CONTENT)
    return run


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return begun(tmp_path / "run")


def refused(run: RunDirectory, path: Path, kind: type[ConvergenceError] = SealBroken) -> str:
    with pytest.raises(kind) as caught:
        run.read(path, "some")
    message = str(caught.value)
    assert str(path) in message
    assert REMEDIES.get(path.name, "Put it back from a copy") in message or path.name not in REMEDIES
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", FILES)
def test_what_a_step_wrote_is_read_and_its_seal_stands_last(run: RunDirectory, name: str) -> None:
    path = run.path / name
    data = json.loads(path.read_text("utf-8"))
    assert list(data)[-1] == "seal"
    found = run.read(path, "some")
    assert "seal" not in found
    assert name == "run.json" or found == CONTENT
    # Another layout of the same content is the same content.
    path.write_text(json.dumps(dict(sorted(data.items())), indent=7), "utf-8")
    assert run.read(path, "some") == found


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_changed_by_hand_is_refused(run: RunDirectory, name: str) -> None:
    path = run.path / name
    data = json.loads(path.read_text("utf-8"))
    changes: list[Any] = [{**data, "surplus": 1}, {key: data[key] for key in data if key != "seal"}]
    changes += [{key: data[key] for key in data if key != gone} for gone in data]
    others: list[Any] = [None, [], 8, "é", "\ud800", {"a": "b"}]
    changes += [{**data, key: value} for key in data for value in others]
    for change in changes:
        path.write_text(json.dumps(change), "utf-8")
        if name != "run.json":
            assert "does not bear the seal" in refused(run, path)
        else:
            with pytest.raises(InputError, match=r"run\.json|another version|The run's key"):
                run.read(path, "some")


@pytest.mark.parametrize("name", FILES)
def test_a_cut_file_is_refused_wherever_it_is_cut(run: RunDirectory, name: str) -> None:
    path = run.path / name
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        refused(run, path)


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"7", b"null", b"\xff\xfe", b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_what_is_no_object_is_refused(run: RunDirectory, content: bytes) -> None:
    run.report.write_bytes(content)
    assert "cut or no JSON" in refused(run, run.report)


@pytest.mark.parametrize("name", FILES[1:])
def test_the_file_of_another_run_is_refused(run: RunDirectory, tmp_path: Path, name: str) -> None:
    other = begun(tmp_path / "other")
    shutil.copy(other.path / name, run.path / name)
    assert "comes from another run" in refused(run, run.path / name)


def test_the_file_of_another_run_with_the_same_key_is_refused(run: RunDirectory, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "other")
    other = RunDirectory(str(tmp_path / "other"))
    other.write(other.run, {**other.read(other.run, "inspect"), "run_id": "0123456789abcdef"})
    for name in FILES[1:]:
        refused(other, other.path / name)


def test_another_file_of_the_same_run_is_refused(run: RunDirectory) -> None:
    for name in FILES[1:]:
        for other in FILES[1:]:
            if name != other:
                content = (run.path / other).read_bytes()
                shutil.copy(run.path / name, run.path / other)
                refused(run, run.path / other)
                (run.path / other).write_bytes(content)
    manifest = run.database("other") / "manifest.json"
    shutil.copy(run.database("shop") / "manifest.json", manifest)
    refused(run, manifest)


def test_a_mark_with_another_run_id_is_refused(run: RunDirectory, tmp_path: Path) -> None:
    data = json.loads(run.run.read_text("utf-8"))
    for change in ({"run_id": "0123456789abcdef"}, {"source": "mariadb y"}, {"cleaned": True}):
        run.run.write_text(json.dumps({**data, **change}), "utf-8")
        for verb in (run.check, run.run_id, run.check_open, run.ensure, lambda: run.bind(source="mariadb x")):
            with pytest.raises(SealBroken, match=r"run\.json does not bear the seal"):
                verb()


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "lost": (Path.unlink, "is missing"),
    "empty": (lambda path: path.write_bytes(b""), "is missing|is damaged"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:40]), "is damaged"),
    "another": (lambda path: path.write_bytes(seal.new_key()), "not the one that the run began with"),
    "of an old version": (lambda path: path.write_bytes(bytes(32)), "is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_missing_or_changed_key_is_named(run: RunDirectory, damage: str) -> None:
    change, words = DAMAGES[damage]
    change(run.key)
    for verb in (run.check, run.run_id, run.ensure, lambda: run.read(run.report, "verify")):
        with pytest.raises(SealBroken, match=f"The run's key {run.key}.*({words}).*Put it back"):
            verb()
    with pytest.raises(SealBroken, match="The run's key"):
        run.write(run.report, {"verdict": "equal"})
    assert json.loads(run.report.read_text("utf-8"))["verdict"] == "different"


def test_a_run_directory_that_moved_is_the_same_run(run: RunDirectory, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "elsewhere" / "copy")
    copy = RunDirectory(str(tmp_path / "elsewhere" / "copy"))
    copy.check()
    assert copy.run_id() == run.run_id()
    for name in FILES[1:]:
        assert copy.read(copy.path / name, "some") == CONTENT
    run.path.rename(tmp_path / "renamed")
    assert (
        RunDirectory(str(tmp_path / "renamed")).read(tmp_path / "renamed" / "report.json", "verify")
        == CONTENT
    )


# --- the list of altered values, which the manifest's seal covers ------------------------------------------


def listed(run: RunDirectory) -> str:
    found = [Alteration("shop", "t", "c", "nul", "remove", {"id": str(n)}, b"value") for n in range(3)]
    return alterations.write(run, found).file


def test_the_list_of_altered_values_is_known_by_its_lines(run: RunDirectory) -> None:
    written = listed(run)
    assert written.startswith("3 lines, SHA-256 ")
    alterations.check(run, written)
    whole = run.alterations.read_bytes()
    lines = whole.splitlines(keepends=True)
    for changed in (b"", whole[:-1], b"".join(lines[1:]), whole + lines[0], lines[1] + lines[0] + lines[2]):
        run.alterations.write_bytes(changed)
        with pytest.raises(
            SealBroken, match=r"alterations\.jsonl is not as the dump wrote it.*migration_restart=true"
        ):
            alterations.check(run, written)
    run.alterations.unlink()
    with pytest.raises(SealBroken, match=r"alterations\.jsonl is missing"):
        alterations.check(run, written)


def test_a_run_without_altered_values_has_an_empty_list(run: RunDirectory) -> None:
    alterations.check(run, alterations.write(run, []).file)
