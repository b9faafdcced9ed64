# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The manifest of one database's snapshot: what was read, when, from where, into which files."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from dataclasses import asdict, dataclass, field

from .._errors import DamagedSnapshot, ForeignRunDirectory
from .._range import Range

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .directory import RunDirectory

Chunks = t.Mapping[tuple[str, int], tuple[str, int]]
"""(table, number of the chunk) -> (SHA-256 of its file, rows), as the ledger keeps them."""

_FILE: t.Final = re.compile(r"(?:[0-9A-Za-z][0-9A-Za-z._-]*)?")
FORMAT: t.Final = 3


@dataclass
class Chunk:
    """One range of one table; `sha256` is empty until its file is written."""

    number: int
    span: Range = field(default_factory=Range)
    """Hexadecimal digits in the file, as `lower` and `upper`."""
    file: str = ""
    rows: int = 0
    """Rows that were written."""
    bytes: int = 0
    """Of the COPY stream."""
    file_bytes: int = 0
    sha256: str = ""
    scanned: int = 0
    """Rows that the scan met in the range."""

    @classmethod
    def from_json(cls, data: dict[str, t.Any]) -> Chunk:
        """Raises TypeError, ValueError: not what `to_json` makes."""
        return cls(span=Range.from_json(data.pop("lower"), data.pop("upper")), **data)

    def to_json(self) -> dict[str, t.Any]:
        """Its entry in the file."""
        entry = asdict(self)
        del entry["span"]
        return {**entry, **self.span.to_json()}


@dataclass
class TableSnapshot:
    """One table: its chunks, its COPY format and columns, and the next value of its counter."""

    name: str
    format: str
    columns: list[str]
    chunks: list[Chunk]
    counter: dict[str, int] = field(default_factory=dict)
    """Target column -> what the source would have given it next at the snapshot."""
    filtered: int = 0
    """Rows that a rule's filter left out."""
    by_python: bool = False
    """Rows were built from raw columns: a converter works on them, or they outgrow max_allowed_packet."""
    counted: int = 0
    """COUNT(*) of the source inside the snapshot: kept and filtered rows."""

    @property
    def rows(self) -> int:
        """Rows of all chunks."""
        return sum(chunk.rows for chunk in self.chunks)

    @property
    def scanned(self) -> int:
        """Rows that the scan met in all ranges."""
        return sum(chunk.scanned for chunk in self.chunks)

    @property
    def bytes(self) -> int:
        """Bytes of all COPY streams."""
        return sum(chunk.bytes for chunk in self.chunks)


@dataclass
class Manifest:
    """One database's snapshot."""

    run_id: str
    database: str
    plan: str
    """Fingerprint of the plan it was made by."""
    mode: str
    position: dict[str, t.Any]
    """What says that the source stood still; see `_mysql.position`."""
    encryption: str | None = None
    """Fingerprint of the key that the chunks are encrypted with, `None` for plain ones."""
    complete: bool = False
    started: str = ""
    finished: str = ""
    alterations: dict[str, int] = field(default_factory=dict)
    """`table.column: class → policy` -> values changed."""
    alterations_file: str = ""
    """Lines and SHA-256 of alterations.jsonl, which holds those of all databases."""
    untested: list[dict[str, t.Any]] = field(default_factory=list)
    """What of the target only the load itself could test, as the scan listed it."""
    sums: dict[str, t.Any] | None = None
    """Table -> rows and hash of the verification sums, taken inside the snapshot (mode live)."""
    tables: dict[str, TableSnapshot] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def bytes(self) -> int:
        """Bytes of all COPY streams."""
        return sum(table.bytes for table in self.tables.values())

    @property
    def chunks(self) -> int:
        """Number of chunks of all tables."""
        return sum(len(table.chunks) for table in self.tables.values())

    @property
    def written(self) -> Chunks:
        """All chunks with a file, as the ledger has them once they are loaded."""
        return {
            (table.name, chunk.number): (chunk.sha256, chunk.rows)
            for table in self.tables.values()
            for chunk in table.chunks
            if chunk.sha256
        }


def snapshot_fingerprint(manifests: Iterable[Manifest]) -> str:
    """SHA-256 (64 hexadecimal digits) over the chunks of all databases: which snapshot this is.

    Two dumps differ in it wherever a byte of a chunk's file, its number, its rows, its table or its database
    differs; the order of `manifests` does not matter. Unlike the evidence hash it depends on chunk boundaries and
    keys, and it says nothing about the source. The same over the ledgers is `chunks_fingerprint`.
    """
    return chunks_fingerprint({found.database: found.written for found in manifests})


def chunks_fingerprint(databases: Mapping[str, Chunks]) -> str:
    """`snapshot_fingerprint` of databases by their name in the plan, as `ledger.loaded_chunks` gives their chunks.

    Equal to `report["snapshot"]` exactly where the target was loaded from the snapshot that was proved.
    """
    facts = [
        [name, sorted([*place, *chunk] for place, chunk in chunks.items())]
        for name, chunks in sorted(databases.items())
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def check_one_dump(manifests: Sequence[Manifest]) -> None:
    """Raises DamagedSnapshot: the databases were not dumped together, so that they are of different moments."""
    for found in manifests[1:]:
        if (found.mode, found.position) != (manifests[0].mode, manifests[0].position):
            raise DamagedSnapshot(
                f"The snapshots of {manifests[0].database} and {found.database} are of two dumps, and so of two "
                "moments of the source. Dump again with migration_restart=true."
            )


def save(run: RunDirectory, manifest: Manifest) -> None:
    """Write the sealed manifest of its database; raises StorageError."""
    tables = {
        name: {**asdict(table), "chunks": [chunk.to_json() for chunk in table.chunks]}
        for name, table in manifest.tables.items()
    }
    content = {**asdict(manifest), "tables": tables, "format": FORMAT}
    run.write(run.database(manifest.database) / "manifest.json", content)


def load(run: RunDirectory, database: str) -> Manifest | None:
    """The manifest of `database`, `None` when nothing was dumped yet.

    Raises SealBroken: not what `save` wrote in this run; raises DamagedSnapshot: sealed, and still not what it
    writes; raises ForeignRunDirectory: of another version or database.
    """
    path = run.database(database) / "manifest.json"
    data = run.read_optional(path, "dump")
    if data is None:
        return None
    try:
        if data.pop("format") != FORMAT:
            raise ForeignRunDirectory(
                f"{path} was written by another version. Dump again with migration_restart=true."
            )
        tables = {name: _table(value) for name, value in data.pop("tables").items()}
        manifest = Manifest(tables=tables, **data)
        if not isinstance(manifest.alterations_file, str):
            raise ValueError("the mark of alterations.jsonl is not text")
        if not all(
            isinstance(manifest.rows + chunk.file_bytes, int)
            for table in tables.values()
            for chunk in table.chunks
        ):
            raise ValueError("a count is not a number")
        _check_counts(manifest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedSnapshot(
            f"{path} is damaged ({error}). Dump again with migration_restart=true."
        ) from error
    if manifest.run_id != run.run_id() or manifest.database != database:
        raise ForeignRunDirectory(f"{path} belongs to another run. Dump again with migration_restart=true.")
    return manifest


def _check_counts(manifest: Manifest) -> None:
    for table in manifest.tables.values():
        if table.scanned + table.filtered != table.counted:
            raise ValueError(
                f"the source counted {table.counted} rows of {table.name}, and {table.scanned} scanned ones and "
                f"{table.filtered} filtered ones are named"
            )
        for chunk in table.chunks:
            if chunk.sha256 and chunk.rows != chunk.scanned:
                raise ValueError(
                    f"{chunk.file} of {table.name} has {chunk.rows} rows, and the scan met {chunk.scanned} in its range"
                )


def _is_count(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _table(data: dict[str, t.Any]) -> TableSnapshot:
    found = TableSnapshot(**{**data, "chunks": [Chunk.from_json(value) for value in data["chunks"]]})
    texts = [found.name, *found.columns, *found.counter]
    # Where a falling sequence goes on may be below zero.
    counts = [found.counted, found.filtered, *map(abs, found.counter.values())]
    for place, chunk in enumerate(found.chunks):
        if not _FILE.fullmatch(chunk.file) or (chunk.sha256 and not chunk.file) or chunk.number != place:
            raise ValueError(f"chunk {chunk.number!r} of {found.name!r} in {chunk.file!r}")
        texts.append(chunk.sha256)
        counts += [chunk.scanned, chunk.rows, chunk.bytes, chunk.file_bytes]
    if found.format not in {"binary", "text"}:
        raise ValueError(f"the format {found.format!r}")
    if not all(isinstance(text, str) for text in texts) or not all(map(_is_count, counts)):
        raise ValueError(f"an entry of {found.name!r} of another kind")
    return found


__all__ = (
    "Chunk",
    "Chunks",
    "Manifest",
    "TableSnapshot",
    "check_one_dump",
    "chunks_fingerprint",
    "load",
    "save",
    "snapshot_fingerprint",
)
