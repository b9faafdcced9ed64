# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The run directory: where every file of a run lies, who may read it, and who holds it.

run.json                        what the run is bound to: servers and databases, no credentials
source-catalog.json             written by the inspect step
target-catalog.json             written by the inspect step
transform.json                  written by the transform step
snapshot/<database>/manifest.json, *.copy.zst
                                written by the dump
journal.jsonl                   one line per event of any step
alterations.jsonl               one line per value that a policy changed, written by the dump
report.json                     written by the verification; stands only while it is the last word
report-before-<step>.json       the report that a verification, a dump or a reset set aside: no verdict
sums.json                       the source's own sums, written by the verification that asked for them
cutover.json                    written by cut-over, abort and roll-back
freeze.json                     state of the source before the freeze, written by freeze and thaw
key                             the run's own key for hashes of values in the two files above
lock                            held while a step writes
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import stat
import time
import typing as t
from pathlib import Path

from .._errors import AlreadyRunning, ForeignRunDirectory, InputError

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUN_FORMAT: t.Final = 1
_LOCK_SECONDS: t.Final = 2.0
Aside = t.Literal["verify", "dump", "reset"]
"""The steps after whose begin an earlier verdict says nothing any more."""


class RunDirectory:
    """Paths and files of one run; made 0700 with files 0600 whatever the umask."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.run = self.path / "run.json"
        self.source_catalog = self.path / "source-catalog.json"
        self.target_catalog = self.path / "target-catalog.json"
        self.transform = self.path / "transform.json"
        self.snapshot = self.path / "snapshot"
        self.journal = self.path / "journal.jsonl"
        self.alterations = self.path / "alterations.jsonl"
        self.report = self.path / "report.json"
        self.sums = self.path / "sums.json"
        self.cutover = self.path / "cutover.json"
        self.freeze = self.path / "freeze.json"
        self.key = self.path / "key"
        self._lock = self.path / "lock"

    def report_before(self, step: Aside) -> Path:
        """Where I(step) puts the report whose verdict it takes back."""
        return self.path / f"report-before-{step}.json"

    def set_report_aside(self, step: Aside) -> None:
        """From now on no verdict stands; the report is kept under another name, in one step."""
        if os.path.lexists(self.report):
            self.report.replace(self.report_before(step))

    def database(self, name: str) -> Path:
        """The folder of one database's manifest and chunks."""
        if name in {"", ".", ".."} or "/" in name or "\0" in name:
            raise InputError(
                f"The database name {name!r} cannot be the name of a folder. Give it another name."
            )
        return self.snapshot / name

    def ensure(self) -> None:
        """Make the directory, or refuse one that others could have prepared.

        @raise InputError: it is a link, no directory, or belongs to another user.
        """
        if not self.path.exists() and not self.path.is_symlink():
            for folder in [parent for parent in reversed(self.path.parents) if not parent.exists()]:
                make_folder(folder, 0o755)
            make_folder(self.path)
        self.check()
        self.path.chmod(0o700)

    def check(self) -> None:
        """@raise InputError: the directory does not exist or cannot be trusted."""
        try:
            found = os.lstat(self.path)
        except OSError as error:
            raise InputError(
                f"The run directory {self.path} cannot be read: {error.strerror}. "
                "Run the inspect step first, or check run_directory."
            ) from error
        if not stat.S_ISDIR(found.st_mode):
            raise InputError(f"The run directory {self.path} is no directory (or a link). Name another one.")
        if found.st_uid != os.geteuid():
            raise InputError(f"The run directory {self.path} belongs to another user. Name another one.")
        inside = _entries(self.path)
        if found.st_mode & 0o022 and inside:
            raise InputError(
                f"Others may write into the run directory {self.path} (mode {stat.S_IMODE(found.st_mode):04o}). "
                "Look at what lies in it, then make it 0700, or name another one."
            )
        for entry in inside + (
            _entries(self.snapshot) if self.snapshot.name in {e.name for e in inside} else []
        ):
            if entry.is_symlink() or entry.lstat().st_uid != os.geteuid():
                raise InputError(
                    f"{entry} is a link or belongs to another user, which no step ever makes. Find out who did, "
                    "and name another run_directory."
                )

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run directory; the lock goes with the process, however it ends.

        @raise AlreadyRunning: another process of this machine holds it.
        """
        self.check()
        self.path.chmod(0o700)
        handle = _open(self._lock, os.O_RDWR | os.O_CREAT)
        try:
            self._take(handle)
            yield
        finally:
            os.close(handle)

    def _take(self, handle: int) -> None:
        """Wait a moment for the workers of a killed run, which share its lock until they are gone."""
        patience = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if time.monotonic() > patience:
                    raise AlreadyRunning(
                        f"Another run works in {self.path}. Wait for it to end, or name another run_directory."
                    ) from error
            time.sleep(0.05)

    def read(self, path: Path, step: str) -> dict[str, t.Any]:
        """The JSON of one file; I(step) is what makes it, for the message.

        @raise InputError: missing or no JSON object.
        """
        try:
            with open_read(path) as handle:
                data = json.loads(handle.read())
        except FileNotFoundError as error:
            raise InputError(
                f"{path} does not exist. Run the {step} step first (or check run_directory)."
            ) from error
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be used: {error}. Run the {step} step again.") from error
        if not isinstance(data, dict):
            raise InputError(f"{path} is damaged: no JSON object. Run the {step} step again.")
        return data

    def read_optional(self, path: Path, step: str) -> dict[str, t.Any] | None:
        """As I(read), C(None) for a file that does not exist."""
        return self.read(path, step) if path.exists() else None

    def write(self, path: Path, data: Mapping[str, t.Any]) -> None:
        """Replace a file in one step, so that a kill leaves the old or the new one."""
        write_atomic(path, to_text(data).encode())

    def bind(self, **facts: t.Any) -> None:
        """Write I(facts) into run.json, or refuse when they differ from what it holds.

        @raise ForeignRunDirectory: naming what differs.
        """
        data = self.read_optional(self.run, "inspect") or {
            "format": RUN_FORMAT,
            "run_id": secrets.token_hex(8),
        }
        if data.get("format") != RUN_FORMAT:
            raise ForeignRunDirectory(f"{self.path} was made by another version. Name another run_directory.")
        for name, value in facts.items():
            if name in data and data[name] != value:
                raise ForeignRunDirectory(
                    f"{self.path} belongs to another {name}: {data[name]} there, {value} here. "
                    "Name another run_directory."
                )
        if any(name not in data for name in facts):
            self.write(self.run, {**data, **facts})

    def check_open(self) -> None:
        """@raise InputError: the clean-up has ended this run."""
        if self.read(self.run, "inspect").get("cleaned"):
            raise InputError(
                f"The run in {self.path} was cleaned up: its snapshot and its ledger are gone. "
                "Name another run_directory for another run."
            )

    def run_id(self) -> str:
        """The identifier that ledger and manifests carry; @raise InputError: no run.json."""
        return str(self.read(self.run, "inspect")["run_id"])

    def hmac_key(self) -> bytes:
        """The run's own secret key, made at the first use; it never leaves the run directory."""
        if not self.key.exists():
            write_atomic(self.key, secrets.token_bytes(32))
        with open_read(self.key) as handle:
            return handle.read()


def to_text(data: t.Any) -> str:
    """JSON for people and diffs: indented, names unescaped, one line break at the end."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def write_atomic(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, rename over."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with open_write(part) as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """A new directory of exactly this mode, whatever the umask."""
    path.mkdir(mode=mode)
    path.chmod(mode)


def open_write(path: Path) -> t.BinaryIO:
    """A new file, 0600, in place of an old one of that name, never through a link to it."""
    path.unlink(missing_ok=True)
    return t.cast("t.BinaryIO", os.fdopen(_open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb"))


def open_append(path: Path) -> t.BinaryIO:
    """Append to a file, 0600, never through a link."""
    return t.cast("t.BinaryIO", os.fdopen(_open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab"))


def open_read(path: Path) -> t.BinaryIO:
    """Read a file, never through a link."""
    return t.cast("t.BinaryIO", os.fdopen(_open(path, os.O_RDONLY), "rb"))


def _open(path: Path, flags: int) -> int:
    """A plain file of ours with one name; O_NONBLOCK, since a pipe in its place would let us wait for ever."""
    try:
        handle = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise _not_ours(path) from error
        raise
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1:
        os.close(handle)
        raise _not_ours(path)
    if flags & os.O_CREAT:
        os.fchmod(handle, 0o600)
    return handle


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


def _not_ours(path: Path) -> InputError:
    return InputError(
        f"{path} is no plain file of this user's own (a link, a pipe, or somebody else's). Find out who put it "
        "there, and name another run_directory."
    )


__all__ = ("RunDirectory", "make_folder", "open_append", "open_read", "open_write", "to_text", "write_atomic")
