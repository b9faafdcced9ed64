# SPDX-License-Identifier: GPL-3.0-or-later
"""The real PgBouncer in the place of the target, with and without ignore_startup_parameters=options."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._move.load import load
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.readiness import target_readiness
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection as target

from tests.support.engine import places, small
from tests.support.servers import host, roots
from tests.support.servers.server import Server

pytestmark = [pytest.mark.long, pytest.mark.fault("B8")]


@contextlib.contextmanager
def pooled(server: Server, mode: str, ignore: bool) -> Iterator[int]:
    """PgBouncer before `server`, in a root of its own; gives its port."""
    roots.make([roots.POOLER])
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port = trial.getsockname()[1]
    root = roots.POOLER.path
    folder = root / "srv" / f"pooler-{os.getpid()}"
    folder.mkdir(mode=0o700)
    uid, gid = host.service_ids()
    settings = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": f"/srv/{folder.name}/users.txt",
        "pool_mode": mode,
        "logfile": f"/srv/{folder.name}/log",
        **({"ignore_startup_parameters": "options,extra_float_digits"} if ignore else {}),
    }
    ini = f"[databases]\n* = host={server.host} port={server.port}\n\n[pgbouncer]\n"
    files = {
        "pooler.ini": ini + "".join(f"{name} = {value}\n" for name, value in settings.items()),
        "users.txt": f'"{server.user}" "{server.password}"\n',
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    if host.is_root():
        for path in (folder, *folder.iterdir()):
            os.chown(path, uid, gid)
    chroot = [host.tool("chroot") or "chroot", f"--userspec={uid}:{gid}", str(root)]
    command = host.privileged([*chroot, "/usr/sbin/pgbouncer", "-q", f"/srv/{folder.name}/pooler.ini"])
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder)


def _wait(port: int, log: Path) -> None:
    for _attempt in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8") if log.exists() else "PgBouncer did not start")


@pytest.mark.parametrize("mode", ["transaction", "session"])
@pytest.mark.parametrize("ignore", [True, False])
def test_the_real_one_is_named_and_keeps_nothing_of_ours(
    postgresql: Server, mariadb: Server, tmp_path: Path, mode: str, ignore: bool
) -> None:
    run = small.pair(mariadb, postgresql, tmp_path)
    name = run.moves[0].target
    run.prepare()
    run.dump()
    with pooled(postgresql, mode, ignore) as port:
        login = replace(run.target_login, port=port)
        for plain in (False, True):
            with pytest.raises(ServerError, match=r"is that of a pooler \(PgBouncer"):
                target.connect(login, name, "test", plain=plain)
        with pytest.raises(ServerError, match="is that of a pooler"):
            load(login, str(run.run), workers=2)
        found = target_readiness(login, [name], "public", extensions={}, connections=0, workers=1)
        assert ["is that of a pooler" in problem for problem in found.problems] == [True]
        # What the application's next session gets of the pool.
        with psycopg.connect(
            host="127.0.0.1", port=port, user=login.user, password=login.password, dbname=name
        ) as session:
            query = "SELECT current_setting('synchronous_commit'), current_setting('lock_timeout')"
            assert session.execute(query).fetchall() == [("on", "0")]
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert places.ask(postgresql, name, locks) == [(0,)]
