# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A private, throw-away MySQL or MariaDB server: one folder, one socket, no network, no service.

Made for a copy of production that comes as a dump file. Whoever can read the folder (0700) is its
administrator; there is no password and no port.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .._errors import InputError, ServerError
from .._logins import MySQLLogin
from .._mysql.connection import connect

START_SECONDS: t.Final = 120
STOP_SECONDS: t.Final = 120
_SIGN: t.Final = "Made for a private server, and removed with its server.\n"
_FILES: t.Final = ("server.log", "server.pid", "server.sock", "server.sock.lock", "private-server")
_FOLDERS: t.Final = ("data", "data.part", "tmp")
"""What the server has for itself, with all that lies in it."""
_SOCKET_PATH: t.Final = 107
"""A longer path of a Unix socket is refused by the kernel."""


@dataclass(frozen=True)
class PrivateServer:
    """One server in `folder`; `command` is the server's program, by name or path."""

    folder: Path
    command: str = "mariadbd"
    buffer_pool_bytes: int = 1 << 29

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "server.sock"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "server.log"

    @property
    def login(self) -> MySQLLogin:
        """Its administrator."""
        return MySQLLogin(user="root", unix_socket=str(self.socket))

    def running(self) -> bool:
        """Whether it answers."""
        if not self.socket.exists():
            return False
        try:
            connect(self.login).close()
        except ServerError:
            return False
        return True

    def check(self) -> None:
        """Raises InputError: the folder is not ours to fill or to remove."""
        if len(str(self.socket)) > _SOCKET_PATH:
            raise InputError(f"The path {self.socket} is too long for a socket. Name a shorter folder.")
        if not self.folder.exists() and not self.folder.is_symlink():
            return
        found = self.folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise InputError(
                f"{self.folder} is not a directory, a link, or belongs to another user. Name another folder."
            )
        if any(self.folder.iterdir()) and not self._signed():
            raise InputError(
                f"The folder {self.folder} holds files and was not made for a private server. Name another one; "
                "what lies there stays as it is."
            )

    def start(self) -> bool:
        """Initialise the folder when it is new, and start; `False` when it runs already.

        Raises InputError: no such program, a folder that others own or use, a path too long for a socket;
        raises ServerError: it does not start, with the end of its log.
        """
        self.check()
        if self.running():
            return False
        program = self.program()
        self._prepare()
        data = self.folder / "data"
        if not data.exists():
            self._initialise(program, data)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._arguments(program, data),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.running():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise ServerError(f"The private server in {self.folder} does not start: {self._last_words()}")
            time.sleep(0.1)
        return True

    def remove(self) -> bool:
        """Stop it and remove all that is its own, and the folder if it is empty then; `False` when there is nothing.

        Raises InputError: the folder is not ours; raises ServerError: the server does not stop.
        """
        self.check()
        if not self.folder.exists():
            return False
        self.stop()
        if self.running():
            raise ServerError(
                f"A server answers in {self.folder}, and {self.folder / 'server.pid'} does not say which process "
                "it is. End it by hand."
            )
        for name in _FOLDERS:
            if self._is_own(self.folder / name):
                shutil.rmtree(self.folder / name)
        for name in _FILES:  # the sign last
            if self._is_own(self.folder / name):
                (self.folder / name).unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
        return True

    def foreign(self) -> list[str]:
        """Names in the folder that the server does not make: they stay when it goes."""
        if not self.folder.is_dir():
            return []
        return sorted(entry.name for entry in self.folder.iterdir() if not self._is_own(entry))

    def _is_own(self, entry: Path) -> bool:
        if not os.path.lexists(entry) or entry.is_symlink():
            return False
        return entry.name in (_FOLDERS if entry.is_dir() else _FILES)

    def stop(self) -> None:
        """End the server's process; only one that works on this folder."""
        pid = self._pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self._pid() is not None:
            if time.monotonic() > deadline:
                raise ServerError(
                    f"The private server in {self.folder} does not stop (process {pid}). End it by hand."
                )
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.1)

    def _pid(self) -> int | None:
        """The process, if it lives and its command line names this folder."""
        try:
            pid = int((self.folder / "server.pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split(maxsplit=1)[0]
        except (OSError, ValueError):
            return None
        return pid if f"--socket={self.socket}".encode() in words and state != "Z" else None

    def program(self) -> str:
        """Path of the server's program; raises InputError: there is none."""
        found = shutil.which(self.command, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if found is None:
            raise InputError(
                f"There is no program {self.command!r} on this host. Install a server's programs without its service "
                "(Debian and Ubuntu: mariadb-server-core with mariadb-client-core), or name its program."
            )
        return found

    @property
    def _sign(self) -> Path:
        """It says that the folder is ours; written before anything else."""
        return self.folder / "private-server"

    def _signed(self) -> bool:
        """Whether the sign is as we write it, or as a kill cut it."""
        try:
            found = self._sign.lstat()
            plain = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1
            return plain and _SIGN.startswith(self._sign.read_text("utf-8"))
        except (OSError, ValueError):
            return False

    def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._sign.write_text(_SIGN, "utf-8")
        (self.folder / "tmp").mkdir(mode=0o700, exist_ok=True)

    def _common(self, program: str, data: Path) -> list[str]:
        # Both servers refuse to run as root unless told to; the folder is root's alone then. A server takes
        # what lies in its folder for temporary files for its own.
        user = ["--user=root"] if os.geteuid() == 0 else []
        return [program, "--no-defaults", f"--datadir={data}", f"--tmpdir={self.folder / 'tmp'}", *user]

    def _arguments(self, program: str, data: Path) -> list[str]:
        return [
            *self._common(program, data),
            f"--socket={self.socket}",
            f"--pid-file={self.folder / 'server.pid'}",
            "--skip-networking",
            "--skip-log-bin",
            "--max-allowed-packet=1G",
            "--character-set-server=utf8mb4",
            "--default-time-zone=+00:00",
            f"--innodb-buffer-pool-size={self.buffer_pool_bytes}",
            # A copy that a power cut destroys is made again from its dump file.
            "--innodb-flush-log-at-trx-commit=0",
            # A dump's events must not change its rows, nor its statements touch the host's files.
            "--event-scheduler=OFF",
            f"--secure-file-priv={self.folder / 'tmp'}",
            # MySQL alone knows it: a second socket, in a folder that all servers share.
            "--loose-mysqlx=OFF",
        ]

    def _initialise(self, program: str, data: Path) -> None:
        part = data.with_name("data.part")
        shutil.rmtree(part, ignore_errors=True)
        arguments = [*self._common(program, part), "--initialize-insecure"]
        if _is_mariadb(program):
            arguments = [
                _installer(program),
                *self._common(program, part)[1:],
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ]
        with self.log.open("ab") as log:
            result = subprocess.run(
                arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, check=False
            )
        if result.returncode:
            shutil.rmtree(part, ignore_errors=True)
            raise ServerError(
                f"The private server in {self.folder} cannot be initialised: {self._last_words()}"
            )
        # A kill leaves no folder that looks whole.
        part.rename(data)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        errors = [line for line in lines[-200:] if "ERROR" in line] or lines
        return f"{errors[-1].strip() if errors else 'it said nothing'} (log: {self.log})"


def _installer(program: str) -> str:
    """mariadb-install-db of the same installation, where packages and archives put it."""
    here = Path(program).parent
    places = [here, here.parent / "scripts", here.parent / "bin"]
    name = "mariadb-install-db"
    beside = [str(place / name) for place in places if (place / name).is_file()]
    found = beside[0] if beside else shutil.which(name)
    if found is None:
        raise InputError(
            f"There is no {name} beside {program} on this host. Install the rest of its package."
        )
    return found


def _is_mariadb(program: str) -> bool:
    result = subprocess.run(
        [program, "--no-defaults", "--version"], capture_output=True, text=True, check=False
    )
    return "mariadb" in result.stdout.lower()


__all__ = ("PrivateServer",)
