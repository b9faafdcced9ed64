# SPDX-License-Identifier: GPL-3.0-or-later
"""The role compose_quickstart on a copy of the platform's files."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import pytest

from tests.configuration.conftest import Host
from tests.support.playbooks import ansible, states

ROLE = "compose_quickstart"


def _variables(host: Host, docker: Path) -> dict[str, object]:
    return {"compose_quickstart_directory": str(host.checkout), "compose_quickstart_docker": [str(docker)]}


def test_rewrites_says_what_is_left_elsewhere_and_goes_back(host: Host, docker: Path) -> None:
    """One operator's evening, in one test as each step is a command of some seconds."""
    (host.checkout / "docs").mkdir()
    (host.checkout / "docs/setup.md").write_text("Start mysql first.\n", encoding="utf-8")
    before, variables = host.tree(), _variables(host, docker)

    check = host.role(ROLE, "main", "--check", "--diff", **variables)
    assert (check.status, check.changed) == (0, 1), check.output
    assert "docs/setup.md:1: name 'mysql' in documentation" in check.output
    assert "quickstart-services" not in "".join(re.findall(r"^.*' in configuration.*$", check.output, re.M))
    assert "-  mysql:\n" in check.output
    assert "+DATABASE_PASSWORD=********" in check.output
    assert "toor" not in check.output
    assert host.tree() == before

    first = host.role(ROLE, "main", "-vvv", **variables)
    assert (first.status, first.changed) == (0, 1), first.output
    assert "docs/setup.md:1: name 'mysql' in documentation" in first.output
    assert "toor" not in first.output
    after = host.tree()
    for name, text in states.texts("postgres").items():
        assert after[name].decode() == text, name
    kept = [path for path in (host.folder / "kept").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert not list(Path(tempfile.gettempdir()).glob("convergence-check-*")), "what the checks tried"

    second = host.role(ROLE, "main", "--diff", **variables)
    assert (second.status, second.changed) == (0, 0), second.output
    assert host.tree() == after

    check = host.role(ROLE, "restore", "--check", **variables)
    assert (check.status, check.changed) == (0, 1), check.output
    assert host.tree() == after
    back = host.role(ROLE, "restore", **variables)
    assert (back.status, back.changed) == (0, 1), back.output
    assert host.tree() == before
    assert host.role(ROLE, "restore", **variables).changed == 0


@pytest.mark.long
def test_files_come_back_when_docker_refuses_them(host: Host, refusing_docker: Path) -> None:
    before = host.tree()
    run = host.role(ROLE, "main", **_variables(host, refusing_docker))
    assert run.status != 0
    assert "depends on undefined service" in run.output
    assert "The files are as they were." in run.output
    assert host.tree() == before


@pytest.mark.parametrize("how", ["refusing_docker", "docker"])
def test_a_check_fails_where_the_real_run_would(host: Host, request: pytest.FixtureRequest, how: str) -> None:
    """It tries the files as they would be, and writes none."""
    variables = _variables(host, request.getfixturevalue(how))
    if how == "docker":
        with (host.checkout / "alkemio.yml").open("a", encoding="utf-8") as file:
            file.write("other: ${HOST}:mysql # ours\n# MySQL's port was 3306.\n")
    before = host.tree()
    check = host.role(ROLE, "main", "--check", **variables)
    assert check.status != 0
    assert host.tree() == before
    real = host.role(ROLE, "main", **variables)
    assert real.status != 0
    assert host.tree() == before, "all or nothing"
    reason = (
        "1 lines still tell of MySQL: alkemio.yml:" if how == "docker" else "depends on undefined service"
    )
    assert reason in check.output
    said = [re.findall(r'"msg": "(.*?) The files are as they were', run.output) for run in (check, real)]
    assert len(said[0]) == 1, check.output
    assert reason in said[0][0]
    assert said[0] == said[1]


def test_an_overlay_and_what_is_not_there(host: Host, docker: Path) -> None:
    """As the later releases ship them: an overlay, an include, no file for debugging."""
    (host.checkout / "quickstart-services-ai-debug.yml").unlink()
    (host.checkout / "quickstart-services-kratos-debug.yml").unlink()
    (host.checkout / "quickstart-services-ai.yml").write_text(
        "include:\n  - quickstart-services.yml\n", encoding="utf-8"
    )
    (host.checkout / "overlays").mkdir()
    (host.checkout / "overlays/debug.yml").write_text(
        "services:\n  kratos:\n    ports: [9999:40000]\n    depends_on: [mysql]\n", encoding="utf-8"
    )
    run = host.role(ROLE, "main", **_variables(host, docker))
    assert run.status == 0, run.output
    assert "Not there, and left out: .env.docker.local" in run.output
    assert "=> (item=quickstart-services-ai.yml overlays/debug.yml)" in run.output
    assert "mysql" not in (host.checkout / "overlays/debug.yml").read_text("utf-8")


def test_a_clean_up_removes_what_was_kept_and_ends_the_way_back(host: Host, docker: Path) -> None:
    variables = _variables(host, docker)
    assert host.role(ROLE, "rewrite", **variables).status == 0
    kept = host.folder / "kept"
    assert any(b"toor" in path.read_bytes() for path in kept.rglob("*") if path.is_file())
    check = host.role(ROLE, "cleanup", "--check", **variables)
    assert (check.status, check.changed) == (0, 1), check.output
    assert host.role(ROLE, "cleanup", **variables).changed == 1
    assert [path.name for path in kept.rglob("*") if path.is_file()] == ["manifest.json"]
    back = host.role(ROLE, "restore", **variables)
    assert back.status != 0
    assert "the run was cleaned up" in back.message
    assert ".env.docker" in back.message


def test_a_folder_without_a_compose_file_is_no_success(host: Host, docker: Path) -> None:
    for file in host.checkout.glob("quickstart-*"):
        file.unlink()
    run = host.role(ROLE, "main", **_variables(host, docker))
    assert run.status != 0
    assert "holds no compose file" in run.message


def test_without_docker_it_says_loudly_that_nothing_was_validated(host: Host) -> None:
    missing = host.folder / "missing"
    run = host.role(ROLE, "main", **_variables(host, missing))
    assert run.status == 0, run.output
    assert "NOT VALIDATED: docker compose has not read the files" in run.output
    run = host.role(ROLE, "validate", **_variables(host, missing), compose_quickstart_validate="always")
    assert run.status != 0
    assert "does not answer on machine" in run.output


def test_nothing_is_written_unless_everything_can_be_rewritten(host: Host, docker: Path) -> None:
    (host.checkout / "alkemio.yml").write_text("storage: {}\n", encoding="utf-8")
    before = host.tree()
    run = host.role(ROLE, "main", **_variables(host, docker))
    assert run.status != 0
    assert "alkemio.yml has no storage.database" in run.output
    assert host.tree() == before


@pytest.mark.long
def test_missing_library_is_named_with_its_remedy(host: Host, docker: Path) -> None:
    """On a controller whose Python hides the library."""
    hidden = host.folder / "hidden/ruamel"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('hidden')\n", encoding="utf-8")
    host.role(ROLE, "rewrite", "--syntax-check", **_variables(host, docker))
    checkout = ansible.of_checkout()
    words = [
        "-c",
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from ansible.cli.playbook import main; main()",
    ]
    run = checkout(
        Path(sys.executable).name,
        *words,
        str(hidden.parent),
        "-i",
        host.folder / "inventory.json",
        host.folder / "play.json",
    )
    assert run.status != 0
    assert "lacks ruamel.yaml" in run.output
    assert "-m pip install 'ruamel.yaml>=0.18'" in run.output


def test_residue_is_fatal_where_asked_and_allowed_with_a_reason(host: Host, docker: Path) -> None:
    variables = {**_variables(host, docker), "compose_quickstart_residue_fatal": "all"}
    run = host.role(ROLE, "main", **variables)
    assert run.status != 0, "the manifests are not this role's"
    assert "The files are as they were." in run.output
    assert host.role(ROLE, "rewrite", **variables).status == 0
    assert "manifests/10-server-config.yaml:9: variable 'MYSQL_DATABASE' in configuration" in run.output
    allow = [{"path": path, "reason": "another role's"} for path in ("manifests/*", "helm/*")]
    run = host.role(ROLE, "residue", **variables, compose_quickstart_residue_allow=allow)
    assert run.status == 0, run.output
