# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Every way in which the engine refuses or fails, as one tree.

ConvergenceError                 anything the operator is told in one line
├── InputError                   an option, a profile, a rule or a file of the run directory is unusable
│   ├── ForeignRunDirectory      the run directory belongs to another source, target, version or plan
│   └── SealBroken               a file of the run directory is not as a step of this run wrote it
├── ServerError                  a server cannot be reached, refuses the login or lacks something
│   └── PrivilegeMissing         the login lacks a privilege that the verb needs
├── StorageError                 the migration host's file system is full, gone, or refuses
├── PlanError                    catalogs and rules do not fit together; the transform step refuses
├── PreflightFound               something would stop a migration; the list names all of it
├── MisfitsFound                 values exist that need a decision (nothing on the target was touched)
├── NotFrozen                    somebody or something could still write to a source that is to stand still
├── GateRefused                  what a report proves does not hold any more, or is not enough to cut over
├── SourceMoved                  the source changed while it had to stand still
├── CountsDiffer                 two steps counted different numbers of rows of one table of the source
├── DamagedSnapshot              a chunk or a manifest is not what was written
├── TargetNotReady               the target holds rows, objects or a run that are not ours
├── ServiceFailed                a service of the application does not stop, start or answer
├── AlreadyRunning               another run holds the run directory or the target
└── VerifyFailed                 the servers do not hold the same values
"""

from __future__ import annotations

import traceback
import typing as t
from pathlib import PurePath


class ConvergenceError(Exception):
    """Base of all; `str()` is one line: what, which object, why, and what to do."""

    def __init__(self, message: str, **details: t.Any) -> None:
        # A name or a server's text can hold a line break; the operator's line stays one.
        super().__init__(message.replace("\r", "\\r").replace("\n", "\\n"))
        self.details: dict[str, t.Any] = details
        """JSON-ready facts for the module's result; never a password or a personal value."""


class InputError(ConvergenceError):
    """An option, a profile, a rule or a file of the run directory cannot be used."""


class ForeignRunDirectory(InputError):
    """The run directory was made for another source, target, format or plan."""


class SealBroken(InputError):
    """A file of the run directory is cut, was changed by hand, or comes from another run."""


class ServerError(ConvergenceError):
    """A server cannot be reached, refuses the login, or answers with an error."""


class PrivilegeMissing(ServerError):
    """The login works but may not do what the verb needs."""


class StorageError(ConvergenceError):
    """The migration host's file system is full, gone, or refuses."""


class PlanError(ConvergenceError):
    """Catalogs and rules do not fit together."""


class PreflightFound(ConvergenceError):
    """Something would stop a migration; the list of all of it has been written before this is raised."""


class MisfitsFound(ConvergenceError):
    """Values exist that no rule decides; `details["misfits"]` lists all of them by class."""


class SourceMoved(ConvergenceError):
    """The frozen source was written to; `details["tables"]` names what moved where that is known."""


class NotFrozen(ConvergenceError):
    """Somebody or something could still write to a source that is to stand still."""


class GateRefused(ConvergenceError):
    """The proof does not hold any more, or is not enough; `details["refused"]` lists every reason."""


class CountsDiffer(ConvergenceError):
    """Two counts of the same rows differ, so that some would be lost; `details["tables"]` names the table."""


class DamagedSnapshot(ConvergenceError):
    """A chunk file or a manifest is missing, cut, changed or of another run."""


class TargetNotReady(ConvergenceError):
    """The target holds rows, objects or a ledger nobody declared."""


class SchemaDeviates(ConvergenceError):
    """A live schema is not as its contract says; `details["deviations"]` lists every deviation."""


class ServiceFailed(ConvergenceError):
    """A service of the application does not do what it was told, or cannot be told."""


class AlreadyRunning(ConvergenceError):
    """Another run holds the run directory or the target database."""


class VerifyFailed(ConvergenceError):
    """Source and target differ; the report has been written before this is raised."""


def unforeseen(error: BaseException) -> ConvergenceError:
    """An error of no kind above, for people: its own text may hold a value of a row, so it stays unsaid.

    What the operating system says about a file holds none.
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames]
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return StorageError(
            f"The migration host's system refused: {error.strerror}{where}. Correct the cause and run the same "
            "command again.",
            trace=places,
        )
    return ConvergenceError(
        f"An unforeseen error, {type(error).__name__} in {places[-1] if places else 'an unknown place'}. Its text is "
        "left out, since it could hold a value of a row. This is a fault of the collection: report it with the trace.",
        trace=places,
    )


__all__ = (
    "AlreadyRunning",
    "ConvergenceError",
    "CountsDiffer",
    "DamagedSnapshot",
    "ForeignRunDirectory",
    "GateRefused",
    "InputError",
    "MisfitsFound",
    "NotFrozen",
    "PlanError",
    "PreflightFound",
    "PrivilegeMissing",
    "SchemaDeviates",
    "SealBroken",
    "ServerError",
    "ServiceFailed",
    "SourceMoved",
    "StorageError",
    "TargetNotReady",
    "VerifyFailed",
    "unforeseen",
)
