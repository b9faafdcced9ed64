# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What the variables of an inventory name on one host, asked there: files, programs, units, compose projects, ports.

Every question is asked whatever the others found. Nothing on the host changes, no service is started, and no password
is sent: a port is only opened and closed.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import socket
import stat
import subprocess
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LONGEST: t.Final = 60
"""Seconds that a program may take to answer."""
OLDEST_PYTHON: t.Final = (3, 10)
_PATIENCE: t.Final = 10
"""Seconds to wait for a port."""
_LEAST_KEY: t.Final = 32
"""Bytes of a key file."""


@dataclass
class HostOutcome:
    """What is not as the inventory says, each with variable, what was found and what to do."""

    findings: list[dict[str, str]] = field(default_factory=list)

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {"changed": False, "findings": self.findings}


Answer = tuple[str, str]
"""What was found, and what to do."""


def ask(questions: Sequence[Mapping[str, t.Any]]) -> HostOutcome:
    """Ask all of them. Each has `kind`, `variable` and `why`, and what its kind needs."""
    outcome = HostOutcome()
    absent: list[Path] = []
    for question in questions:
        path = Path(question.get("path") or "/")
        if question["kind"] == "file" and any(folder in path.parents for folder in absent):
            continue  # said of the directory
        try:
            answer = _KINDS[question["kind"]](question)
        except (OSError, subprocess.TimeoutExpired) as error:
            answer = (f"could not be asked on its host ({error})", "Look there.")
        if answer is not None:
            found, remedy = answer
            absent += [path] if question["kind"] == "directory" else []
            outcome.findings.append(
                {
                    "variable": question["variable"],
                    "found": found,
                    "why": question.get("why") or "",
                    "remedy": remedy,
                    "weight": question.get("weight") or "stops",
                }
            )
    return outcome


# --- files ------------------------------------------------------------------------------------------


def _file(question: Mapping[str, t.Any]) -> Answer | None:
    """A file that can be read. `private`: and by nobody else; `least`: bytes that it must have."""
    path = Path(question["path"])
    try:
        with path.open("rb") as handle:
            handle.read(1)
            status = os.fstat(handle.fileno())
    except FileNotFoundError:
        return f"names {path}, which is not there", _nearest_file(path)
    except IsADirectoryError:
        return f"names {path}, which is a directory", "Name the file in it."
    except PermissionError:
        return f"names {path}, which this account may not read", "Let the account of the play read it."
    if question.get("private") and stat.S_IMODE(status.st_mode) & 0o027:
        return f"names {path}, which others may read or change", f"chmod 0600 {path}"
    if question.get("private") and status.st_size < _LEAST_KEY:
        return (
            f"names {path}, which has {status.st_size} bytes and must have {_LEAST_KEY} or more",
            f"Make a key: openssl rand -base64 48 > {path}",
        )
    return None


def _nearest_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f"There is no directory {path.parent} either. Check the path, and the host that it is on."
    near = difflib.get_close_matches(path.name, [one.name for one in path.parent.iterdir()], 1)
    return (
        f"Did you mean {path.parent / near[0]}?"
        if near
        else f"Put it there, or correct the path in {path.parent}."
    )


def _directory(question: Mapping[str, t.Any]) -> Answer | None:
    """A directory that can be looked into."""
    path = Path(question["path"])
    if not path.is_dir():
        what = "is no directory" if path.exists() else "is not there"
        return f"names {path}, which {what}", _nearest_file(path)
    if not os.access(path, os.R_OK | os.X_OK):
        return f"names {path}, which this account may not look into", "Let the account of the play do so."
    return None


def _place(question: Mapping[str, t.Any]) -> Answer | None:
    """Where something can be made, or is."""
    wanted = Path(question["path"])
    path = wanted
    while not path.exists() and path != path.parent:
        path = path.parent
    if path != wanted and not path.is_dir():
        return f"names {wanted}, and {path} is no directory", "Correct the path."
    if not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0)):
        return (
            f"names {wanted}, and this account may not write to {path}",
            "Make the directory for the account of the play, or name another one.",
        )
    return None


# --- programs ---------------------------------------------------------------------------------------


def _program(question: Mapping[str, t.Any]) -> Answer | None:
    """The first word of a command. `chdir`: where the command runs."""
    word = str(question["word"])
    place = Path(question.get("chdir") or ".") / word if "/" in word else None
    if place is not None:
        if not place.exists():
            return f"runs {word}, which is not there", "Install it, or correct the path."
        if place.is_dir() or not os.access(place, os.X_OK):
            return f"runs {word}, which is no program that this account may run", "Correct it, or chmod +x."
    elif shutil.which(word) is None:
        return (
            f"runs {word}, and no such program is on the host's PATH",
            "Install it, or name it by its full path.",
        )
    return None


def _python(question: Mapping[str, t.Any]) -> Answer | None:
    """A Python that can make the environment of the modules. `unless`: that environment, which needs none."""
    if Path(question["unless"]).exists():
        return None
    wrong = _program(question)
    if wrong is not None:
        return wrong
    code = "import sys; print('%d.%d' % sys.version_info[:2]); sys.stdout.flush(); import venv, ensurepip"
    done = _run([question["word"], "-c", code])
    version = re.fullmatch(r"(\d+)\.(\d+)", done.stdout.strip())
    if version and (int(version[1]), int(version[2])) < OLDEST_PYTHON:
        return f"is Python {version[0]}", "It must be Python 3.10 or later: name another one."
    if done.returncode:
        return (
            f"names {question['word']}, which cannot make an environment ({_last(done.stderr)})",
            "On Debian and Ubuntu install python3-venv, or name another one.",
        )
    return None


def _environment(question: Mapping[str, t.Any]) -> Answer | None:
    """The environment of the modules, without which no server can be asked."""
    path = Path(question["path"])
    if path.exists():
        return None
    return (
        f"the Python environment {path.parents[1]} is not there, so nobody has logged in to a database server",
        "The playbook preflight makes it before it looks at anything; then run this check again.",
    )


def _unit(question: Mapping[str, t.Any]) -> Answer | None:
    """A unit that systemd knows."""
    unit = str(question["unit"])
    done = _run(["systemctl", "show", "--property=LoadState", "--value", unit])
    state = done.stdout.strip()
    if done.returncode or not state:
        return (
            f"names the unit {unit}, and systemd does not answer ({_last(done.stderr)})",
            "Is this the right host?",
        )
    if state != "loaded":
        return (
            f"names the unit {unit}, which systemd does not know ({state})",
            "Correct the name: systemctl list-unit-files --type=service",
        )
    return None


def _compose(question: Mapping[str, t.Any]) -> Answer | None:
    """A compose project that docker compose can read, and its services."""
    directory = Path(question["directory"])
    named = [directory / name for name in (*question["files"], *question["environment_files"])]
    if not directory.is_dir() or not all(path.exists() for path in named):
        return None  # it has been said of them
    words = [*question["docker"], "compose", "--project-directory", str(directory)]
    words += [f"--file={name}" for name in question["files"]]
    words += [f"--env-file={name}" for name in question["environment_files"]]
    wrong = _program({"word": words[0], "chdir": str(directory)})
    if wrong is not None:
        return wrong
    done = _run([*words, "config", "--services"], directory)
    if done.returncode:
        return (
            f"leads to a compose project in {directory} that docker compose cannot read ({_last(done.stderr)})",
            "Correct directory, files and environment_files, or install docker compose 2.",
        )
    there = done.stdout.split()
    missing = [name for name in question["services"] if name not in there]
    if not missing:
        return None
    near = [match for name in missing for match in difflib.get_close_matches(name, there, 1)]
    remedy = f"Did you mean {', '.join(near)}?" if near else f"The project has {', '.join(sorted(there))}."
    return f"names {', '.join(missing)}, which the compose project in {directory} does not have", remedy


def _run(words: Sequence[str], directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LONGEST,
        check=False,
    )


def _last(text: str) -> str:
    """The last line that says something, without its end and without passwords in addresses."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r"://[^@ ]*@", "://********@", lines[-1]).rstrip(".") if lines else "it says nothing"


# --- ports ------------------------------------------------------------------------------------------


def _tcp(question: Mapping[str, t.Any]) -> Answer | None:
    """A port that takes connections. `unless`: a file with which somebody logs in instead."""
    if question.get("unless") and Path(question["unless"]).exists():
        return None
    address, port = str(question["address"]), int(question["port"])
    try:
        socket.create_connection((address, port), _PATIENCE).close()
    except OSError as error:
        reason = error.strerror or str(error)
        return f"nobody answers at {address}:{port} ({reason})", "Check name, port and firewall."
    return None


_KINDS: t.Final[dict[str, Callable[[Mapping[str, t.Any]], Answer | None]]] = {
    "file": _file,
    "directory": _directory,
    "place": _place,
    "program": _program,
    "python": _python,
    "environment": _environment,
    "unit": _unit,
    "compose": _compose,
    "tcp": _tcp,
}
KINDS: t.Final = tuple(sorted(_KINDS))


__all__ = ("KINDS", "HostOutcome", "ask")
