# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job as an operator does it: from the tarball, with ansible-core alone, on a bare host."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.playbooks.conftest import TARBALL_LIMIT, Operator
from tests.support.playbooks import ansible, look, stage
from tests.support.playbooks.ansible import Ansible, Run

PART_OF_CORE = {"ansible._protomatter"}
PHASES = ["preflight", "backup", "inspect", "transform", "stop", "freeze", "dump", "load", "verify"]


def test_tarball_is_small(tarball: Path) -> None:
    assert tarball.stat().st_size < TARBALL_LIMIT


def test_no_other_collection_is_there(core_alone: Ansible) -> None:
    run = core_alone("ansible-galaxy", "collection", "list", "--format", "json", cwd=core_alone.collections)
    installed = {name for found in json.loads(run.output).values() for name in found}
    assert installed - PART_OF_CORE == {"alkemio.convergence"}


def test_module_names_missing_libraries_and_the_remedy(operator: Operator) -> None:
    module = "alkemio.convergence.mysql_snapshot_dump"
    options = "login_user=nobody run_directory=/nowhere"
    words = ["migration_host", "-i", str(operator.inventory), "-m", module, "-a", options]
    run = operator.ansible("ansible", *words, cwd=operator.folder)
    assert run.status != 0
    assert "lacks PyMySQL, cryptography, zstandard." in run.output
    assert "role alkemio.convergence.migration, entry point prepare" in run.output


def test_migrates(operator: Operator, first_run: Run) -> None:
    assert first_run.status == 0, first_run.output
    numbered = [f"({i}/9) {name}" for i, name in enumerate(PHASES, 1)]
    assert first_run.plays == ["Guard the plan", "Guard the guard", *numbered, "Last line"]
    assert "NOT PROVED: that it stays so, since it is not frozen. Next: for a cut-over" in first_run.output
    report = json.loads((operator.run_directory / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "equal"
    assert {found["name"]: found["tables"] for found in report["databases"]} == {"alkemio": 75, "kratos": 25}
    assert f"Verdict equal, evidence hash {report['evidence_hash']}" in first_run.output


@pytest.mark.parametrize("profile", stage.DATABASES)
def test_all_rows_are_the_same_to_another_eye(finished: Operator, profile: str) -> None:
    assert look.differences(finished.stage, profile) == []


def test_run_directory_is_private(finished: Operator) -> None:
    for path in [finished.run_directory, *finished.run_directory.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_second_run_changes_nothing_and_tells_no_secret(finished: Operator) -> None:
    run = finished.migrate("-vvv", "--diff")
    assert run.status == 0, run.output
    assert run.changed == 0
    written = [path for path in finished.run_directory.rglob("*") if path.is_file()]
    for account in (finished.stage.source_account, finished.stage.target_account):
        assert account.password not in run.output
        assert not [path for path in written if account.password.encode() in path.read_bytes()]


def test_check_mode_changes_nothing(finished: Operator) -> None:
    before = _contents(finished.run_directory)
    run = finished.migrate("--check", "--diff")
    assert run.status == 0, run.output
    assert run.changed == 0
    assert _contents(finished.run_directory) == before


def test_diff_shows_what_changed_rules_would_change(finished: Operator) -> None:
    before = _contents(finished.run_directory)
    profile = yaml.safe_load(
        (ansible.CHECKOUT / "roles/migration/files/profiles/alkemio.yml").read_text(encoding="utf-8")
    )
    profile["skip_tables"].append("lifecycle")
    databases = finished.stage.variables()["migration_databases"]
    databases[0]["rules"] = {"skip_tables": ["calendar"]}
    rules = {"migration_profiles": {"alkemio": profile}, "migration_databases": databases}
    run = finished.migrate("--tags", "transform", "--check", "--diff", **rules)
    assert run.status == 0, run.output
    assert run.changed == 1
    for table in ("lifecycle", "calendar"):
        assert re.search(rf'^\+ .*"{table}"', run.output, re.M)
    assert _contents(finished.run_directory) == before


@pytest.mark.long
def test_check_mode_of_dump_only_scans(finished: Operator, tmp_path: Path) -> None:
    """In a run directory of its own, where nothing has been dumped yet; the environment is shared."""
    own = {"migration_run_directory": str(tmp_path / "run"), "migration_venv": str(finished.folder / "venv")}
    run = finished.migrate("--tags", "inspect,transform", **own)
    assert run.status == 0, run.output
    assert run.changed == 3
    before = _contents(tmp_path)
    run = finished.migrate("--tags", "dump", "--check", **own)
    assert run.status == 0, run.output
    assert run.changed == 1
    assert _contents(tmp_path) == before


@pytest.mark.parametrize(
    "phase",
    ["load", *(pytest.param(name, marks=pytest.mark.long) for name in ("transform", "dump", "verify"))],
)
def test_phase_asks_the_run_directory_for_what_came_before(
    finished: Operator, phase: str, tmp_path: Path
) -> None:
    """And not the plays before it: in an empty run directory each phase says what to run first."""
    (tmp_path / "run").mkdir(mode=0o700)
    own = {"migration_run_directory": str(tmp_path / "run"), "migration_venv": str(finished.folder / "venv")}
    run = finished.migrate("--tags", phase, **own)
    assert run.status != 0
    assert run.message.endswith("Run the inspect step first, or check migration_run_directory.")
    assert run.plays[-1].endswith(phase)


@pytest.mark.long
def test_makes_the_environment_from_a_folder_of_wheels(
    finished: Operator, system_python: Path, tmp_path: Path
) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(tmp_path / "wheels")]
    subprocess.run(
        [*pip, "--requirement", str(ansible.CHECKOUT / "roles/migration/files/requirements.txt")], check=True
    )
    own = {"migration_venv": str(tmp_path / "venv"), "migration_wheels": str(tmp_path / "wheels")}
    run = finished.migrate("--tags", "preflight", **own)
    assert run.status == 0, run.output
    assert run.changed == 3


@pytest.mark.long
def test_verifies_without_the_source(finished: Operator) -> None:
    run = finished.verify(migration_verify_source=False)
    assert run.status == 0, run.output
    assert "Verdict equal" in run.output


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def tampered(finished: Operator, request: pytest.FixtureRequest) -> Iterator[Operator]:
    """The target with one statement too many, taken back afterwards."""
    profile, change, undo = request.param
    with finished.stage.on_target(profile) as target:
        target.execute(change)
    yield finished
    with finished.stage.on_target(profile) as target:
        target.execute(undo)


USER = '(SELECT id FROM "user" ORDER BY id LIMIT 1)'
CHANGED = (
    "alkemio",
    f"""UPDATE "user" SET "firstName" = "firstName" || '.' WHERE id = {USER}""",
    f"""UPDATE "user" SET "firstName" = left("firstName", -1) WHERE id = {USER}""",
)
DELETED = (
    "kratos",
    "CREATE TABLE public.kept AS SELECT * FROM courier_message_dispatches ORDER BY id LIMIT 1;"
    "DELETE FROM courier_message_dispatches WHERE id = (SELECT id FROM public.kept)",
    "INSERT INTO courier_message_dispatches SELECT * FROM public.kept; DROP TABLE public.kept",
)
ADDED = (
    "alkemio",
    'INSERT INTO lifecycle (id, version, "createdDate", "updatedDate") '
    "VALUES ('00000000-0000-4000-8000-00000000abcd', 1, now(), now())",
    "DELETE FROM lifecycle WHERE id = '00000000-0000-4000-8000-00000000abcd'",
)


@pytest.mark.parametrize(
    ("tampered", "says"),
    [
        (CHANGED, ["alkemio", "user", "firstName"]),
        pytest.param(DELETED, ["kratos", "courier_message_dispatches"], marks=pytest.mark.long),
        pytest.param(
            ADDED, ["alkemio", "lifecycle", "00000000-0000-4000-8000-00000000abcd"], marks=pytest.mark.long
        ),
    ],
    indirect=["tampered"],
    ids=["value changed", "row deleted", "row added"],
)
def test_verify_names_what_differs(tampered: Operator, says: list[str]) -> None:
    run = tampered.verify()
    assert run.status != 0
    assert [word for word in says if word not in run.message] == []
    report = json.loads((tampered.run_directory / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "different"
    assert report["differences"]


@pytest.mark.long
def test_verify_is_content_again(finished: Operator) -> None:
    assert finished.verify().status == 0


BAD_INPUT: list[tuple[str, dict[str, object], str]] = [
    (
        "preflight",
        {"migration_source_login_password": "wrong"},
        "refused the login of user 'playbooks_reader'",
    ),
    (
        "preflight",
        {"migration_target_login_password": "wrong"},
        "refused the login of role 'playbooks_owner'",
    ),
    (
        "inspect",
        {"migration_source_login_port": 1},
        "Check migration_source_login_host, migration_source_login_port and",
    ),
    ("inspect", {"migration_databases": [{"name": "nowhere"}]}, "has no database 'nowhere'"),
    ("preflight", {"migration_python": "/nowhere/python3"}, "/nowhere/python3 on mover does not run: "),
    ("inspect", {"migration_venv": "/nowhere"}, "mover has no environment in /nowhere."),
    (
        "transform",
        {"migration_databases": [{"name": "alkemio", "profile": "wordpress"}]},
        "migration_databases names the unknown profile wordpress. The collection has alkemio, kratos;",
    ),
]


# One of each phase every day; the engine's own tests have the same messages.
OFTEN = [
    case if number in (1, 2, 6) else pytest.param(*case, marks=pytest.mark.long)
    for number, case in enumerate(BAD_INPUT)
]


@pytest.mark.parametrize(("tag", "variables", "says"), OFTEN)
def test_bad_input_gets_one_line(
    finished: Operator, tag: str, variables: dict[str, object], says: str
) -> None:
    run = finished.migrate("--tags", tag, **variables)
    assert run.status != 0
    assert says in run.message
    assert "\n" not in run.message
    assert "Traceback" not in run.output
