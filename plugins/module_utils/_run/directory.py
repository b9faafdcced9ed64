# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The run directory: whose it is, where every file of a run lies, who may read it, and who holds it.

run.json                        the mark: this folder is a run's. What the run is bound to: servers and
                                databases, no credentials
source-catalog.json             written by the inspect step
target-catalog.json             written by the inspect step
transform.json                  written by the transform step
snapshot/<database>/manifest.json, *.copy.zst
                                written by the dump
schema-contract.json            what each target schema was when the load began, written by the load
preflight.json, preflight.md    what the last look before the migration found, written by the preflight
journal.jsonl                   one line per event of any step
alterations.jsonl               one line per value that a policy changed, written by the dump
report.json                     written by the verification; stands only while it is the last word
report-before-<step>.json       the report that a verification, a dump or a reset set aside: no verdict
sums.json                       the source's own sums, written by the verification that asked for them
cutover.json                    written by cut-over, abort and roll-back
freeze.json                     state of the source before the freeze, written by freeze and thaw
services.json, configured.json, database-settings.json
                                what roles have to remember, written by the module run_directory
key                             the run's own key, for the seals of all JSON files and for hashes of values
lock                            held while a step writes
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import stat
import time
import typing as t
from pathlib import Path

from .._errors import AlreadyRunning, ForeignRunDirectory, InputError, SealBroken
from . import seal
from .files import is_plain, make_folder, open_plain, open_read, storing, to_text, write_atomic

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUN_FORMAT: t.Final = 2
PART: t.Final = ".part"
"""A file that is being written has this behind its name; a kill may leave it."""
_LOCK_SECONDS: t.Final = 2.0
Aside = t.Literal["verify", "dump", "reset"]
"""The steps after whose begin an earlier verdict says nothing any more."""

_ANOTHER: t.Final = "Name another migration_run_directory: one that is empty, or does not exist yet."
_COPY: t.Final = "Put it back from a copy of this run directory"
_REMEDIES: t.Final = {
    "run.json": f"{_COPY}, or name another migration_run_directory: no step makes it again.",
    "source-catalog.json": "Run the inspect step again.",
    "target-catalog.json": f"Run the inspect step again. Once a load has begun: {_COPY[0].lower()}{_COPY[1:]}.",
    "transform.json": "Run the transform step again. How values travel is changed in the rules or in the profile "
    "(migration_databases), never in this file.",
    "schema-contract.json": f"{_COPY}; or take the load back with the reset, and load again.",
    "manifest.json": "Dump again with migration_restart=true.",
    "report.json": "Run the verify step again.",
    "sums.json": "Run the verify step again, with the source.",
    "cutover.json": f"{_COPY}. No step makes it again, and it says on which database the application works.",
    "freeze.json": f"{_COPY}. No step makes it again, and it says what the source was before the freeze: "
    "super_read_only, read_only, and which accounts were locked.",
    "services.json": f"{_COPY}. No step makes it again, and it says which services ran before the stop.",
}


class RunDirectory:
    """Paths and files of one run; made 0700 with files 0600 whatever the umask."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.run = self.path / "run.json"
        self.source_catalog = self.path / "source-catalog.json"
        self.target_catalog = self.path / "target-catalog.json"
        self.transform = self.path / "transform.json"
        self.schema_contract = self.path / "schema-contract.json"
        self.snapshot = self.path / "snapshot"
        self.preflight = self.path / "preflight.json"
        self.preflight_text = self.path / "preflight.md"
        self.journal = self.path / "journal.jsonl"
        self.alterations = self.path / "alterations.jsonl"
        self.report = self.path / "report.json"
        self.sums = self.path / "sums.json"
        self.cutover = self.path / "cutover.json"
        self.freeze = self.path / "freeze.json"
        self.services = self.path / "services.json"
        self.configured = self.path / "configured.json"
        self.database_settings = self.path / "database-settings.json"
        self.key = self.path / "key"
        self.lock = self.path / "lock"

    def report_before(self, step: Aside) -> Path:
        """Where `step` puts the report whose verdict it takes back."""
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

    # --- whose it is ------------------------------------------------------------------------------

    def fresh(self) -> bool:
        """Whether no run has begun here: no folder, an empty one, or one where a kill ended `ensure`.

        Raises InputError: it is a link, no directory, or belongs to another user.
        """
        if not os.path.lexists(self.path):
            return True
        self._check_folder()
        return all(map(self._is_beginning, _entries(self.path)))

    def ensure(self) -> None:
        """Make the directory, or take an empty one, and put our mark into it.

        Raises InputError: it is a link, no directory, belongs to another user, or holds somebody's files;
        raises SealBroken: our mark is damaged; raises StorageError.
        """
        if not os.path.lexists(self.path):
            for folder in [parent for parent in reversed(self.path.parents) if not parent.exists()]:
                make_folder(folder, 0o755)
            make_folder(self.path)
        if self.fresh():
            self._close_to_others()
            self._begin()
        self.check()
        self._close_to_others()

    def check(self) -> None:
        """Raises InputError: no run has begun here, the folder is somebody's own, or cannot be trusted."""
        found = self._check_folder()
        inside = _entries(self.path)
        if found.st_mode & 0o022 and inside:
            raise InputError(
                f"Others may write into the run directory {self.path} (mode {stat.S_IMODE(found.st_mode):04o}). "
                "Look at what lies in it, then make it 0700, or name another one."
            )
        self._check_mark(inside)
        for entry in inside + (_entries(self.snapshot) if self.snapshot in inside else []):
            if entry.is_symlink() or entry.lstat().st_uid != os.geteuid():
                raise InputError(
                    f"{entry} is a link or belongs to another user, which no step ever makes. Find out who did, "
                    "and name another migration_run_directory."
                )

    def _check_folder(self) -> os.stat_result:
        try:
            found = os.lstat(self.path)
        except OSError as error:
            raise InputError(
                f"The run directory {self.path} cannot be read: {error.strerror}. "
                "Run the inspect step first, or check migration_run_directory."
            ) from error
        if not stat.S_ISDIR(found.st_mode):
            raise InputError(
                f"The run directory {self.path} is not a directory (or a link). Name another one."
            )
        if found.st_uid != os.geteuid():
            raise InputError(f"The run directory {self.path} belongs to another user. Name another one.")
        return found

    def _check_mark(self, inside: list[Path]) -> None:
        if self.run in inside:
            self._facts()
            return
        if self.fresh():
            raise InputError(
                f"No run has begun in {self.path}. Run the inspect step first, or check migration_run_directory."
            )
        names = ", ".join(sorted(entry.name for entry in inside)[:3])
        raise InputError(
            f"The folder {self.path} holds files ({names}{', …' if len(inside) > 3 else ''}) and not the mark of a run "
            f"({self.run.name}). Nothing in it was touched. {_ANOTHER}"
        )

    def _is_beginning(self, entry: Path) -> bool:
        """Whether `entry` is what a killed `_begin` leaves; a file of somebody's own is none."""
        names = {
            self.lock: lambda content: content == b"",
            self.key: seal.is_key,
            _part(self.key): seal.is_start_of_key,
            _part(self.run): lambda _content: self.key.exists(),
        }
        try:
            if entry not in names or not is_plain(entry.lstat()):
                return False
            with open_read(entry) as handle:
                return names[entry](handle.read())
        except FileNotFoundError:
            return True  # a run that begins at this moment has given it its name

    def _begin(self) -> None:
        """Key first, mark last: a kill between leaves what `_is_beginning` knows."""
        with self._held():
            if self.run.exists():
                return  # another process was faster
            if not self.key.exists():
                write_atomic(self.key, seal.new_key())
            key = seal.fingerprint(self.hmac_key())
            self.write(self.run, {"format": RUN_FORMAT, "run_id": secrets.token_hex(8), "key": key})

    def _close_to_others(self) -> None:
        if stat.S_IMODE(self.path.stat().st_mode) != 0o700:
            with storing(self.path):
                self.path.chmod(0o700)

    # --- who holds it -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run directory; the lock goes with the process, however it ends.

        Raises AlreadyRunning: another process of this machine holds it; raises InputError: as `check`.
        """
        self.check()
        self._close_to_others()
        with self._held():
            yield

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        with storing(self.lock):
            handle = open_plain(self.lock, os.O_RDWR | os.O_CREAT)
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
                        f"Another run works in {self.path}. Wait for it to end, or name another "
                        "migration_run_directory."
                    ) from error
            time.sleep(0.05)

    # --- sealed files -----------------------------------------------------------------------------

    def read(self, path: Path, step: str) -> dict[str, t.Any]:
        """The content of one JSON file, without its seal; `step` is what makes it, for the message.

        Raises InputError: missing; raises SealBroken: no step of this run wrote it as it is.
        """
        return self._opened(path, step, None if path == self.run else self.run_id())

    def read_optional(self, path: Path, step: str) -> dict[str, t.Any] | None:
        """As `read`, `None` for a file that does not exist."""
        return self.read(path, step) if os.path.lexists(path) else None

    def read_replaceable(self, path: Path) -> dict[str, t.Any] | None:
        """The file that a step is about to make anew, `None` where there is none that `read` would take."""
        try:
            return self.read_optional(path, "")
        except InputError:
            return None

    def write(self, path: Path, data: Mapping[str, t.Any]) -> None:
        """Replace a file in one step, so that a kill leaves the old or the new one; raises StorageError."""
        run_id = data["run_id"] if path == self.run else self.run_id()
        found = seal.seal(self.hmac_key(), self._name(path), run_id, data)
        write_atomic(path, to_text({**data, seal.FIELD: found}).encode())

    def _opened(self, path: Path, step: str, run_id: str | None) -> dict[str, t.Any]:
        """`run_id` `None`: the file tells it itself."""
        try:
            with open_read(path) as handle:
                data = json.loads(handle.read())
            if not isinstance(data, dict):
                raise ValueError("no JSON object")
            found = data.pop(seal.FIELD, None)
            wanted = seal.seal(self.hmac_key(), self._name(path), run_id or str(data.get("run_id")), data)
        except FileNotFoundError as error:
            raise InputError(
                f"{path} does not exist. Run the {step} step first (or check migration_run_directory)."
            ) from error
        except (OSError, ValueError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) else f"it is cut or no JSON ({error})"
            raise SealBroken(f"{path} cannot be used: {reason}. {_remedy(path, step)}") from error
        if not seal.holds(found, wanted):
            raise SealBroken(
                f"{path} does not bear the seal of this run: it was changed by hand, or comes from another run. "
                f"{_remedy(path, step)}"
            )
        return data

    def _name(self, path: Path) -> str:
        """What a file is sealed as: its place in the run directory, wherever that lies."""
        return path.relative_to(self.path).as_posix()

    # --- what the run is bound to -----------------------------------------------------------------

    def bind(self, **facts: t.Any) -> None:
        """Write `facts` into run.json, or refuse when they differ from what it holds.

        Raises ForeignRunDirectory: naming what differs.
        """
        data = self._facts()
        for name, value in facts.items():
            if name in data and data[name] != value:
                raise ForeignRunDirectory(
                    f"{self.path} belongs to another {name}: {data[name]} there, {value} here. "
                    "Name another migration_run_directory."
                )
        if any(name not in data for name in facts):
            self.write(self.run, {**data, **facts})

    def check_open(self) -> None:
        """Raises InputError: the clean-up has ended this run."""
        if self._facts().get("cleaned"):
            raise InputError(
                f"The run in {self.path} was cleaned up: its snapshot and its ledger are gone. "
                "Name another migration_run_directory for another run."
            )

    def run_id(self) -> str:
        """The identifier that ledger and manifests carry; raises InputError: no run.json."""
        return str(self._facts()["run_id"])

    def hmac_key(self) -> bytes:
        """The run's own secret key, made with its mark; it never leaves the run directory.

        Raises SealBroken: it is missing or no key.
        """
        try:
            with open_read(self.key) as handle:
                found = handle.read()
        except FileNotFoundError:
            found = b""
        if not seal.is_key(found):
            raise SealBroken(
                f"The run's key {self.key} is {'damaged' if found else 'missing'}, so no file of the run can be "
                f"trusted. {_COPY}, or name another migration_run_directory."
            )
        return found

    def _facts(self) -> dict[str, t.Any]:
        """What run.json holds; raises ForeignRunDirectory: of another version; raises SealBroken."""
        data = self._marked()
        if not isinstance(data.get("format"), int) or not isinstance(data.get("run_id"), str):
            raise ForeignRunDirectory(
                f"{self.run} is not the mark of a run, so the folder is somebody's own. Nothing in it was touched. "
                f"{_ANOTHER}"
            )
        if data["format"] != RUN_FORMAT:
            raise ForeignRunDirectory(
                f"{self.path} was made by another version. Name another migration_run_directory."
            )
        if data.get("key") != seal.fingerprint(self.hmac_key()):
            raise SealBroken(
                f"The run's key {self.key} is not the one that the run began with, so no file of the run can be "
                f"trusted. {_COPY}, or name another migration_run_directory."
            )
        return self._opened(self.run, "inspect", None)

    def _marked(self) -> dict[str, t.Any]:
        """run.json before its seal is looked at, for messages that say more than that it is broken."""
        with contextlib.suppress(OSError, ValueError, RecursionError), open_read(self.run) as handle:
            data = json.loads(handle.read())
            if isinstance(data, dict):
                return data
        return self._opened(self.run, "inspect", None)


def is_record(name: str) -> bool:
    """Whether a step makes a file of this `name` in the run directory itself."""
    return _RECORD.fullmatch(name) is not None


_RECORD: t.Final = re.compile(
    r"(?:(?:run|source-catalog|target-catalog|transform|schema-contract|report|report-before-(?:verify|dump|reset)|sums|cutover|freeze"
    r"|services|configured|database-settings|preflight)\.json|preflight\.md|(?:journal|alterations)\.jsonl|key|lock)"
    r"(?:\.part)?"
)


def _remedy(path: Path, step: str) -> str:
    return _REMEDIES.get(path.name, f"Run the {step} step again.")


def _part(path: Path) -> Path:
    return path.with_name(path.name + PART)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


__all__ = ("RunDirectory", "is_record", "make_folder", "to_text", "write_atomic")
