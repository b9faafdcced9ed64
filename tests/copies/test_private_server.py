# SPDX-License-Identifier: GPL-3.0-or-later
"""A private server belongs to one folder, and to nobody else's."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._copy.ensure import ensure
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError, ServerError

from tests.copies.conftest import POOL, Copy
from tests.support.playbooks import programs
from tests.support.servers.processes import Process


def have(folder: Path, *, present: bool = True, program: Path | str = "mariadbd", check: bool = False) -> Any:
    return ensure(str(folder), present=present, command=str(program), buffer_pool_bytes=POOL, check=check)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Removed with its server whatever a test has done."""
    programs.mariadbd()
    found = tmp_path / "new/server"
    yield found
    if (found / "private-server").exists():
        have(found, present=False)


def test_opens_no_port_and_lets_nobody_else_in(copy: Copy) -> None:
    assert stat.S_IMODE(copy.folder.stat().st_mode) == 0o700
    assert copy.ask(None, "SELECT @@GLOBAL.skip_networking, @@GLOBAL.log_bin") == [(1, 0)]
    sockets = [line.split()[-1] for line in Path("/proc/net/unix").read_text("ascii").splitlines()[1:]]
    assert str(copy.folder / "server.sock") in sockets
    assert not [name for name in sockets if "mysqlx" in name]


def test_a_dump_cannot_read_the_hosts_files(copy: Copy) -> None:
    with contextlib.suppress(pymysql.MySQLError):  # some say so, some give NULL
        assert copy.ask(None, "SELECT LOAD_FILE('/etc/passwd')") == [(None,)]


def test_lives_and_goes_and_says_what_changes(folder: Path) -> None:
    assert have(folder, check=True).as_result() == {
        "changed": True,
        "login_unix_socket": str(folder / "server.sock"),
        "running": False,
        "left": [],
    }
    assert not folder.parent.exists()
    assert not have(folder, present=False).changed
    assert have(folder).changed
    assert not have(folder).changed
    assert not have(folder, check=True).changed
    process = Process.of(int((folder / "server.pid").read_text("ascii")))
    assert process is not None
    process.signal(signal.SIGKILL)
    assert process.wait(30) or _reaped(process)
    assert have(folder, check=True).changed
    assert have(folder).changed, "after a crash or a restart of the host it starts again"
    assert have(folder, present=False, check=True).changed
    assert (folder / "data").is_dir()
    assert have(folder, present=False).changed
    assert folder.parent.is_dir() and not folder.exists()


def _reaped(process: Process) -> bool:
    os.waitpid(process.pid, 0)
    return not process.alive


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("check", [True, False])
def test_a_folder_of_others_is_neither_filled_nor_removed(tmp_path: Path, present: bool, check: bool) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/letter").write_text("dear", "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    with pytest.raises(InputError, match="was not made for a private server"):
        have(tmp_path / "kept", present=present, check=check)
    with pytest.raises(InputError, match="is not a directory, a link"):
        have(tmp_path / "link", present=present, check=check)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["letter"]


def test_a_program_that_is_not_there_is_named(folder: Path) -> None:
    for check in (True, False):
        with pytest.raises(InputError, match=r"There is no program 'nosuchd' on this host. Install"):
            have(folder, program="nosuchd", check=check)
    assert not folder.exists()


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too long for a socket"):
        have(tmp_path / ("x" * 100))


def test_a_server_that_cannot_start_gives_its_own_words(folder: Path) -> None:
    assert have(folder).changed
    stop_only(folder)
    (folder / "data/ibdata1").write_bytes(b"no data file")
    with pytest.raises(ServerError, match=r"does not start: .*ERROR.*\(log: .*server\.log\)"):
        have(folder)


def stop_only(folder: Path) -> None:
    os.kill(int((folder / "server.pid").read_text("ascii")), signal.SIGTERM)
    process = Process.of(int((folder / "server.pid").read_text("ascii")))
    assert process is None or process.wait(60)


@pytest.mark.fault("B5")
@pytest.mark.parametrize("kind", ["text", "long text", "link", "folder", "binary"])
def test_a_sign_of_somebody_elses_is_none(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "kept"
    (folder / "data").mkdir(parents=True)
    (folder / "data/letter").write_text("dear", "utf-8")
    sign = folder / "private-server"
    if kind == "link":
        (tmp_path / "sign").write_text("Made for a private server, and removed with its server.\n", "utf-8")
        sign.symlink_to(tmp_path / "sign")
    elif kind == "folder":
        sign.mkdir()
    else:
        content = {
            "text": b"10.0.0.1\n",
            "long text": b"Made for a private server, by hand",
            "binary": b"\xff",
        }
        sign.write_bytes(content[kind])
    for present in (True, False):
        with pytest.raises(InputError, match="was not made for a private server"):
            have(folder, present=present)
    assert (folder / "data/letter").read_text("utf-8") == "dear"


@pytest.mark.fault("B5")
def test_what_the_server_did_not_make_stays_when_it_goes(folder: Path, tmp_path: Path) -> None:
    assert have(folder).changed
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/letter").write_text("dear", "utf-8")
    (folder / "notes.txt").write_text("mine", "utf-8")
    (folder / "pictures").mkdir()
    (folder / "data.old").symlink_to(tmp_path / "precious")
    (folder / "data.part").symlink_to(tmp_path / "precious")
    wanted = ["data.old", "data.part", "notes.txt", "pictures"]
    assert have(folder, present=False, check=True).left == tuple(wanted)
    gone = have(folder, present=False)
    assert (gone.changed, gone.left) == (True, tuple(wanted))
    assert sorted(path.name for path in folder.iterdir()) == wanted
    assert (tmp_path / "precious/letter").read_text("utf-8") == "dear"


@pytest.mark.fault("B5")
def test_a_socket_that_a_dead_server_left_is_no_hindrance(folder: Path) -> None:
    assert have(folder).changed
    pid = int((folder / "server.pid").read_text("ascii"))
    process = Process.of(pid)
    assert process is not None
    process.signal(signal.SIGKILL)
    assert process.wait(30) or _reaped(process)
    assert (folder / "server.sock").exists()
    # Its number may be another program's by then.
    (folder / "server.pid").write_text(str(os.getpid()), "ascii")
    assert have(folder, present=False).changed
    assert not folder.exists()


def test_an_interrupted_initialisation_begins_again(folder: Path) -> None:
    (folder / "data.part/mysql").mkdir(parents=True)
    (folder / "private-server").touch()
    assert have(folder).changed
    assert not (folder / "data.part").exists()
