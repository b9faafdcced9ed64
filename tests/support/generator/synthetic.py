# SPDX-License-Identifier: GPL-3.0-or-later
"""Three plain tables for measuring: many narrow rows, fewer wide ones, and blobs.

At factor 1 they are about 0.65, 1.1 and 1.0 GB of COPY text. The target's table is what an application's
migrations would make of each: uuid, json, timestamp, boolean and bytea, a key and one or two indexes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .dice import DEFAULT_SEED, Dice
from .json_text import mysql_json
from .loader import Connect, Created, load
from .sink import STATEMENT_BYTES, literal
from .words import words

_PARTS = 64
_SYLLABLES = words("ka re mi to su ne lo va di pra ster on um quel fi gra bo nu chi ward eld ing mor tal")


@dataclass(frozen=True)
class Dataset:
    """A table on both sides and the rows in it."""

    name: str
    rows: int
    mysql: str
    postgresql: str
    postgresql_keys: tuple[str, ...]
    make: Callable[[Dice, range, int], Iterator[bytes]]


def _narrow(dice: Dice, keys: range, _part: int) -> Iterator[bytes]:
    """Ten columns, none longer than a line."""
    vocabulary = _vocabulary()
    for key in keys:
        bits = dice.getrandbits(62)
        yield (
            f"({key},{bits & 0x7FFFFFFF},{(bits >> 31) - 1000000000},{bits},{bits % 100000},"
            f"{dice.random() * 2000000 - 1000000!r},{(bits & 0xFFFFFFFF) - 2000000000}.{bits % 10000:04},"
            f"'{dice.moment()}',{bits & 1},'{vocabulary[bits % 4096]} {vocabulary[bits >> 50]}')"
        ).encode()


def _wide(dice: Dice, keys: range, part: int) -> Iterator[bytes]:
    """Some 3.7 kB of random words and JSON under a uuid, in the order of the key."""
    vocabulary = _vocabulary()
    width = (1 << 32) // _PARTS
    uuids = sorted(dice.uuid(part * width, (part + 1) * width) for _ in keys)
    for uuid in uuids:
        body = " ".join(dice.choices(vocabulary, k=dice.between(150, 710)))
        note = " ".join(dice.choices(vocabulary, k=40))
        meta = {
            "tags": dice.choices(vocabulary, k=5),
            "score": dice.between(0, 999) / 8,
            "note": note,
            "none": None,
        }
        created, updated = dice.moment(), dice.moment()
        yield b"(%s,%s,%s,%s,'%s','%s')" % (
            literal(uuid),
            literal(" ".join(dice.choices(vocabulary, k=4))),
            literal(body),
            literal(mysql_json(meta)),
            created.encode(),
            updated.encode(),
        )


def _blobs(dice: Dice, keys: range, _part: int) -> Iterator[bytes]:
    """50 kB that no compressor can shrink."""
    for key in keys:
        yield b"(%d,%s,'file-%s.bin')" % (key, literal(dice.randbytes(50_000)), dice.hexadecimal(12).encode())


_VOCABULARY: list[str] = []


def _vocabulary() -> list[str]:
    """4,096 made-up words, the same for every seed."""
    if not _VOCABULARY:
        dice = Dice("synthetic vocabulary")
        _VOCABULARY.extend("".join(dice.choices(_SYLLABLES, k=dice.between(1, 4))) for _ in range(4096))
    return _VOCABULARY


DATASETS = {
    "narrow": Dataset(
        name="narrow",
        rows=5_000_000,
        mysql=(
            "CREATE TABLE narrow (id int NOT NULL PRIMARY KEY, a int NOT NULL, b int NOT NULL,"
            " c bigint NOT NULL, d int NOT NULL, ratio double NOT NULL, price decimal(14,4) NOT NULL,"
            " created datetime(6) NOT NULL, active tinyint(1) NOT NULL, label varchar(40) NOT NULL,"
            " KEY narrow_a (a), KEY narrow_created (created)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
        ),
        postgresql=(
            "CREATE TABLE narrow (id integer NOT NULL, a integer NOT NULL, b integer NOT NULL,"
            " c bigint NOT NULL, d integer NOT NULL, ratio double precision NOT NULL,"
            " price numeric(14,4) NOT NULL, created timestamp without time zone NOT NULL,"
            " active boolean NOT NULL, label character varying(40) NOT NULL)"
        ),
        postgresql_keys=(
            "ALTER TABLE narrow ADD CONSTRAINT narrow_pkey PRIMARY KEY (id)",
            "CREATE INDEX narrow_a ON narrow (a)",
            "CREATE INDEX narrow_created ON narrow (created)",
        ),
        make=_narrow,
    ),
    "wide": Dataset(
        name="wide",
        rows=300_000,
        mysql=(
            "CREATE TABLE wide (id char(36) NOT NULL PRIMARY KEY, title varchar(255) NOT NULL,"
            " body longtext NOT NULL, meta json NOT NULL, created datetime(6) NOT NULL,"
            " updated datetime(6) NOT NULL, KEY wide_title (title), KEY wide_created (created))"
            " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
        ),
        postgresql=(
            "CREATE TABLE wide (id uuid NOT NULL, title character varying(255) NOT NULL,"
            " body text NOT NULL, meta json NOT NULL, created timestamp without time zone NOT NULL,"
            " updated timestamp without time zone NOT NULL)"
        ),
        postgresql_keys=(
            "ALTER TABLE wide ADD CONSTRAINT wide_pkey PRIMARY KEY (id)",
            "CREATE INDEX wide_title ON wide (title)",
            "CREATE INDEX wide_created ON wide (created)",
        ),
        make=_wide,
    ),
    "blobs": Dataset(
        name="blobs",
        rows=20_000,
        mysql=(
            "CREATE TABLE blobs (id int NOT NULL PRIMARY KEY, content mediumblob NOT NULL,"
            " name varchar(255) NOT NULL, KEY blobs_name (name)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
        ),
        postgresql=(
            "CREATE TABLE blobs (id integer NOT NULL, content bytea NOT NULL,"
            " name character varying(255) NOT NULL)"
        ),
        postgresql_keys=(
            "ALTER TABLE blobs ADD CONSTRAINT blobs_pkey PRIMARY KEY (id)",
            "CREATE INDEX blobs_name ON blobs (name)",
        ),
        make=_blobs,
    ),
}


class _Work:
    """The parts of one data set."""

    def __init__(self, dataset: Dataset, factor: float, seed: int) -> None:
        self.dataset = dataset
        self.rows = max(1, round(dataset.rows * factor))
        self.seed = seed
        self.parts = _PARTS

    def statements(self, number: int) -> Iterator[tuple[str, int, bytes]]:
        """The INSERT statements of one part."""
        dataset = self.dataset
        dice = Dice(f"{self.seed}:{dataset.name}:{number}")
        keys = range(1 + self.rows * number // _PARTS, 1 + self.rows * (number + 1) // _PARTS)
        head = f"INSERT INTO `{dataset.name}` VALUES\n".encode()
        batch: list[bytes] = []
        size = 0
        for row in dataset.make(dice, keys, number):
            batch.append(row)
            size += len(row)
            if size > STATEMENT_BYTES:
                yield dataset.name, len(batch), head + b",".join(batch)
                batch, size = [], 0
        if batch:
            yield dataset.name, len(batch), head + b",".join(batch)


def statements(name: str, factor: float = 1.0, seed: int = DEFAULT_SEED) -> Iterator[tuple[str, int, bytes]]:
    """Every INSERT of a data set; no server needed."""
    work = _Work(DATASETS[name], factor, seed)
    for number in range(work.parts):
        yield from work.statements(number)


def create_source(
    connection: Any,
    name: str,
    factor: float = 1.0,
    seed: int = DEFAULT_SEED,
    *,
    workers: int = 1,
    connect: Connect | None = None,
) -> Created:
    """Makes and fills the table in the connection's database, replacing one that is there."""
    began = time.monotonic()
    print(f"generator: data set {name}, factor {factor}, seed {seed}", file=sys.stderr)
    dataset = DATASETS[name]
    created = Created(name, str(factor), seed)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS `{name}`")
        cursor.execute(dataset.mysql)
    load(connection, _Work(dataset, factor, seed), created, workers, connect)
    created.seconds = time.monotonic() - began
    return created


def create_target(connection: Any, name: str, *, keys: bool = True) -> None:
    """Makes the empty table in the connection's database, replacing one that is there."""
    dataset = DATASETS[name]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(dataset.postgresql)
        for statement in dataset.postgresql_keys if keys else ():
            cursor.execute(statement)
