# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the throw-away servers that need no server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import ServersError, host, roots
from tests.support.servers.__main__ import _settings, main
from tests.support.servers.environment import Environment
from tests.support.servers.kinds import KINDS, Place
from tests.support.servers.processes import Process, this_process
from tests.support.servers.server import Server


def test_settings_are_sorted_by_kind() -> None:
    texts = ["mariadb.innodb_buffer_pool_size=2G", "postgresql.work_mem=64MB", "mariadb.sql_mode=A=B"]
    assert _settings(texts) == {
        "mariadb": {"innodb_buffer_pool_size": "2G", "sql_mode": "A=B"},
        "postgresql": {"work_mem": "64MB"},
    }


@pytest.mark.parametrize("text", ["mariadb", "mariadb.x", "oracle.x=1", "mariadb.=1", "x=1"])
def test_a_setting_written_wrongly_is_named(text: str) -> None:
    with pytest.raises(ServersError, match=r"KIND\.SETTING=VALUE"):
        _settings([text])


@pytest.mark.parametrize("name", ["", "../up", "Upper", "a b", "-a"])
def test_a_name_that_is_no_folder_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down", f"--name={name}"]) == 1
    assert "cannot name servers" in capsys.readouterr().err


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_asked_for_wins_over_the_defaults(kind: str) -> None:
    _name, text = KINDS[kind].settings_file(Place("/srv/a/b", 20001), {"max_connections": "7"})
    found = [line for line in text.splitlines() if line.startswith("max_connections")]
    assert [line.replace(" ", "").replace("'", "") for line in found] == ["max_connections=7"]


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_password_is_in_no_command(kind: str) -> None:
    place = Place("/srv/a/b", 20001)
    commands = [*KINDS[kind].setup(place), KINDS[kind].start(place, first=True)]
    name, text = KINDS[kind].secret_file("geheim")
    assert "geheim" in text
    assert "geheim" not in str(commands)
    assert any(name in word for command in commands for word in command)


def test_a_process_is_told_from_its_successor() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = Process.of(child.pid)
    assert process is not None
    assert process.alive
    assert not Process(child.pid, "another boot:1").alive
    process.kill_tree()
    assert Process.of(child.pid) is None, "not reaped yet: a zombie counts as gone"
    child.communicate()
    assert Process.of(child.pid) is None


def test_a_tree_dies_with_its_children() -> None:
    script = "import subprocess; subprocess.run(['sleep', '1000'])"
    with subprocess.Popen([sys.executable, "-c", script]) as child:
        process = Process.of(child.pid)
        assert process is not None
        children: list[Process] = []
        while not children:
            children = list(process._children())
        process.kill_tree()
    assert [one.alive for one in children] == [False]


def test_servers_survive_being_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SERVERS", tmp_path)
    made = Environment("here")
    made.owner = this_process()
    made.servers["mysql"] = Server.new("here", "mysql", {"mysqlx": "ON"})
    made.save()
    assert made.file.stat().st_mode & 0o777 == 0o600
    read = Environment("here")
    assert read.servers == made.servers
    assert not read.abandoned
    read.owner = Process(os.getpid(), "another boot:1")
    assert read.abandoned


def test_ports_are_neither_usual_nor_handed_out_by_the_kernel() -> None:
    ports = {Server.new("a", "mariadb", {}).port for _number in range(20)}
    assert len(ports) > 1
    assert min(ports) >= 20000
    assert max(ports) < 32000


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ServersError, match="'oracle'"):
        Server.new("a", "oracle", {})


@pytest.mark.parametrize(
    ("line", "mirror"),
    [
        ("deb http://mirror.example.org/debian bookworm main", "http://mirror.example.org/debian"),
        (
            "deb [signed-by=/x.gpg] https://mirror.example.org/debian/ trixie main",
            "https://mirror.example.org/debian",
        ),
        ("URIs: http://mirror.example.org/debian", "http://mirror.example.org/debian"),
        ("URIs: http://mirror.example.org/debian-security", None),
        ("deb https://shop.example.org/linux/debian stable main", None),
        ("# deb http://mirror.example.org/debian bookworm main", None),
        ("deb http://archive.example.org/ubuntu noble main", None),
    ],
)
def test_the_mirror_is_the_machines_own(line: str, mirror: str) -> None:
    assert roots.mirror_in(line + "\n") == mirror
