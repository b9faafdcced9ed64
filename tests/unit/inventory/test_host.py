# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory names on a host is asked there, with real files, programs and ports."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import host


def asked(kind: str, **keys: Any) -> list[str]:
    """Found and remedy of each finding."""
    questions = [{"kind": kind, "variable": "shop", "why": "It matters", **keys}]
    return [f"{one['found']}. {one['remedy']}" for one in host.ask(questions).findings]


def program(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    file.chmod(0o755)
    return file


def test_a_file_that_is_there_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x", "utf-8")
    assert asked("file", path=str(tmp_path / "ca.pem")) == []


def test_a_file_that_is_not_there_is_found_with_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x", "utf-8")
    (said,) = asked("file", path=str(tmp_path / "cs.pem"))
    assert said == f"names {tmp_path}/cs.pem, which is not there. Did you mean {tmp_path}/ca.pem?"
    (said,) = asked("file", path=str(tmp_path / "etc/ca.pem"))
    assert f"There is no directory {tmp_path}/etc either." in said
    (said,) = asked("file", path=str(tmp_path))
    assert "which is a directory" in said


@pytest.mark.parametrize(
    ("mode", "size", "says"),
    [
        (0o600, 32, None),
        (0o640, 32, None),
        (0o644, 32, "others may read"),
        (0o600, 31, "has 31 bytes and must have 32"),
    ],
)
def test_a_key_is_nobody_else_s_and_long_enough(
    tmp_path: Path, mode: int, size: int, says: str | None
) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * size)
    key.chmod(mode)
    found = asked("file", path=str(key), private=True)
    assert [says in one for one in found if says] == ([True] if says else [])
    assert stat.S_IMODE(key.stat().st_mode) == mode


def test_files_below_a_directory_that_is_not_there_are_said_of_the_directory(tmp_path: Path) -> None:
    missing = tmp_path / "checkout"
    questions: list[dict[str, Any]] = [
        {"kind": "directory", "variable": "directory", "path": str(missing)},
        {"kind": "file", "variable": "file", "path": str(missing / "build/kratos.yml")},
        {"kind": "compose", "variable": "services", "directory": str(missing), "docker": ["docker"]},
    ]
    questions[2] |= {"files": ["a.yml"], "environment_files": [], "services": ["web"]}
    assert [one["variable"] for one in host.ask(questions).findings] == ["directory"]


def test_a_place_can_be_made_where_its_directory_is(tmp_path: Path) -> None:
    assert asked("place", path=str(tmp_path / "one/two/three")) == []
    (tmp_path / "file").write_text("x", "utf-8")
    (said,) = asked("place", path=str(tmp_path / "file/run"))
    assert f"{tmp_path}/file is no directory" in said
    assert list(tmp_path.iterdir()) == [tmp_path / "file"], "nothing was made"


def test_a_program_is_looked_for_as_the_command_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "to-postgresql", "exit 0")
    assert "no such program is on the host's PATH" in asked("program", word="to-postgresql")[0]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asked("program", word="to-postgresql") == []
    assert asked("program", word="./to-postgresql", chdir=str(tmp_path)) == []
    assert "which is not there" in asked("program", word="./to-mysql", chdir=str(tmp_path))[0]
    (tmp_path / "text").write_text("x", "utf-8")
    assert "no program that this account may run" in asked("program", word=str(tmp_path / "text"))[0]


def test_a_python_makes_the_environment_only_where_there_is_none(tmp_path: Path) -> None:
    old = program(tmp_path, "python3.9", "echo 3.9")
    bare = program(tmp_path, "python3", "echo 3.13; echo 'ModuleNotFoundError: ensurepip' >&2; exit 1")
    absent = str(tmp_path / "venv/bin/python")
    assert (
        "is Python 3.9. It must be Python 3.10 or later" in asked("python", word=str(old), unless=absent)[0]
    )
    assert (
        "cannot make an environment (ModuleNotFoundError" in asked("python", word=str(bare), unless=absent)[0]
    )
    assert asked("python", word=sys.executable, unless=absent) == []
    assert asked("python", word=str(old), unless=sys.executable) == []


def test_a_unit_that_systemd_does_not_know_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(
        tmp_path,
        "systemctl",
        'case "$*" in *"shop"*) echo loaded;; *mask*) echo masked;; *) echo not-found;; esac',
    )
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert asked("unit", unit="shop") == []
    assert "which systemd does not know (not-found)" in asked("unit", unit="shp")[0]
    assert "which systemd does not know (masked)" in asked("unit", unit="mask")[0]


def test_a_host_without_systemd_is_found_and_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    questions: list[dict[str, Any]] = [
        {"kind": "unit", "variable": "unit", "unit": "shop"},
        {"kind": "file", "variable": "file", "path": str(tmp_path / "none")},
    ]
    found = host.ask(questions).findings
    assert [one["variable"] for one in found] == ["unit", "file"]
    assert "could not be asked on its host" in found[0]["found"]


def compose(folder: Path, text: str, *services: str) -> list[str]:
    docker = program(folder, "docker", text)
    (folder / "a.yml").write_text("services: {}", "utf-8")
    return asked(
        "compose",
        docker=[str(docker)],
        directory=str(folder),
        files=["a.yml"],
        environment_files=[],
        services=list(services),
    )


def test_a_service_that_the_project_does_not_have_is_found(tmp_path: Path) -> None:
    there = 'test "$PWD" = "$3" && printf "web\\nmatrix-adapter\\n"'
    (said,) = compose(tmp_path, there.replace("$3", str(tmp_path)), "web", "matrix-adaptor")
    assert said.startswith("names matrix-adaptor, which the compose project")
    assert said.endswith("Did you mean matrix-adapter?")
    assert compose(tmp_path, there.replace("$3", str(tmp_path)), "web") == []


def test_why_docker_compose_fails_is_said_without_passwords(tmp_path: Path) -> None:
    (said,) = compose(tmp_path, "echo 'bad DSN mysql://root:toor@db/kratos' >&2; exit 15", "web")
    assert "cannot read (bad DSN mysql://********@db/kratos)" in said


def test_a_port_is_opened_and_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert asked("tcp", address="127.0.0.1", port=port) == []
    (said,) = asked("tcp", address="127.0.0.1", port=port)
    assert said.startswith(f"nobody answers at 127.0.0.1:{port} (Connection refused)")
    assert asked("tcp", address="127.0.0.1", port=port, unless=sys.executable) == []


def test_every_finding_has_variable_reason_and_remedy(tmp_path: Path) -> None:
    question = {
        "kind": "file",
        "variable": "ca",
        "why": "TLS",
        "path": str(tmp_path / "x"),
        "weight": "beside",
    }
    (found,) = host.ask([question]).findings
    assert set(found) == {"variable", "found", "why", "remedy", "weight"}
    assert all(found.values())
    assert found["weight"] == "beside"
