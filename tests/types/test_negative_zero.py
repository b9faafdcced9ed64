# SPDX-License-Identifier: GPL-3.0-or-later
"""A -0 that an older server stored: newer ones keep its bits, print 0, and let nobody insert another."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import VerifyFailed

from tests.support.engine import places, small
from tests.support.servers.server import Server

MINUS_ONE_AND_A_HALF = b"\0\0\0\0\0\0\xf8\xbf" + b"\0\0\xc0\xbf"
MINUS_ZERO = b"\0\0\0\0\0\0\0\x80" + b"\0\0\0\x80"


def _store_minus_zero(source: Server, database: str) -> None:
    """Change the bytes of a stored row, then copy it from field to field, which keeps the bits."""
    places.ask(
        source,
        database,
        "CREATE TABLE old (wide DOUBLE NOT NULL, narrow FLOAT NOT NULL) ENGINE=MyISAM ROW_FORMAT=FIXED",
        "INSERT INTO old VALUES (-1.5, -1.5)",
        "FLUSH LOCAL TABLES old",  # all tables would lose their update times, which frozen runs rely on
    )
    file = source.datadir / database / "old.MYD"
    row = file.read_bytes()
    assert MINUS_ONE_AND_A_HALF in row
    file.write_bytes(row.replace(MINUS_ONE_AND_A_HALF, MINUS_ZERO))
    places.ask(
        source,
        database,
        "FLUSH LOCAL TABLES old",
        "INSERT INTO held SELECT 1, wide, narrow FROM old",
        "DROP TABLE old",
    )


def test_a_stored_minus_zero_keeps_its_sign(mariadb: Server, postgresql: Server, tmp_path: Path) -> None:
    run = small.pair(
        mariadb,
        postgresql,
        tmp_path,
        ("CREATE TABLE held (id INT NOT NULL PRIMARY KEY, wide DOUBLE NOT NULL, narrow FLOAT NOT NULL)",),
        ("CREATE TABLE held (id integer PRIMARY KEY, wide double precision NOT NULL, narrow real NOT NULL)",),
    )
    move = run.moves[0]
    _store_minus_zero(mariadb, move.source)
    assert run.all().report["verdict"] == "equal"
    sent = "SELECT encode(float8send(wide), 'hex'), encode(float4send(narrow), 'hex') FROM held"
    assert places.ask(postgresql, move.target, sent) == [("8000000000000000", "80000000")]

    # The verifier sees the sign too.
    places.ask(postgresql, move.target, "UPDATE held SET narrow = 0")
    with pytest.raises(VerifyFailed, match="id=1 is changed in column narrow"):
        run.verify()
