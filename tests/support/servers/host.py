# SPDX-License-Identifier: GPL-3.0-or-later
"""What the throw-away servers need from the machine: folders, privileges, commands, locks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
BUILD = CHECKOUT / "build"
ROOTS = BUILD / "roots"
SERVERS = BUILD / "servers"

# Database servers refuse to run as root. Inside a chroot any number will do; this one belongs to
# nobody on Debian and Ubuntu, so that no other process of the machine may signal or read them.
SERVICE_ID = 61000


class ServersError(Exception):
    """A server or its root could not be made, started or stopped."""


def is_root() -> bool:
    return os.geteuid() == 0


def service_ids() -> tuple[int, int]:
    """User and group number the servers run as: the caller's own, unless that is root."""
    return (SERVICE_ID, SERVICE_ID) if is_root() else (os.geteuid(), os.getegid())


def privileged(argv: Sequence[str]) -> list[str]:
    """The command as root runs it: itself, or through sudo."""
    if is_root():
        return list(argv)
    if shutil.which("sudo") is None:
        raise ServersError(
            f"'{argv[0]}' needs root, and this user has no sudo: run it as root or install sudo"
        )
    return ["sudo", "--", *argv]


def ask_for_privilege() -> None:
    """Let sudo ask for its password now, once, instead of in the midst of parallel work."""
    if not is_root():
        subprocess.run(privileged(["true"]), check=False)


def run(argv: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    """Run a command to its end, return its output, raise with the tail of it when it fails."""
    try:
        done = subprocess.run(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except FileNotFoundError as error:
        raise ServersError(f"'{argv[0]}' is not installed on this machine: {error}") from error
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise ServersError(f"{shlex.join(argv)} ended with status {done.returncode}:\n{tail(output)}")
    return output


def tail(text: str, lines: int = 25) -> str:
    return "\n".join("    " + line for line in text.rstrip().splitlines()[-lines:])


def tool(name: str) -> str | None:
    """Where a command is, also in the administrator's folders a plain user's PATH leaves out."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")


def apt_install(packages: Sequence[str]) -> None:
    """Install packages of the distribution, reading its package lists first."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    lock = ["-o", "DPkg::Lock::Timeout=300"]
    run(privileged(["apt-get", *lock, "update", "-q"]), env)
    run(privileged(["apt-get", *lock, "install", "-q", "-y", "--no-install-recommends", *packages]), env)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file lock, so that two runs in one checkout do not make the same thing at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
