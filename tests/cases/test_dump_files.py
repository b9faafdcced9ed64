# SPDX-License-Identifier: GPL-3.0-or-later
"""Case 70: dump files as programs, shells and people leave them; restored exactly, or refused for what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    InputError,
    ServerError,
)

from tests.cases.case import DATA
from tests.cases.outcome import one_line
from tests.copies.conftest import Copy
from tests.support.families import FAMILIES

pytestmark = pytest.mark.long
FILES = DATA / "70-dump-files"
ROWS = [
    (1, "é 😀;".encode().hex(), b"two\nlines;\nthree".hex()),
    (2, None, ""),
]
MARIADB = ("plain.sql", "old-sandbox.sql", "crlf.sql", "warning-maria.sql")
MYSQL = ("mysql97.sql", "warning.sql", "collation.sql")
MADE = {"mysql97.sql": 10, "warning.sql": 10}
"""The hour of a moment that the file holds in UTC; of all others 9."""


@pytest.mark.parametrize(
    ("family", "name"),
    [*(("mariadb", name) for name in MARIADB), *(("mysql", name) for name in MYSQL)],
)
def test_a_dump_file_is_restored_exactly(request: pytest.FixtureRequest, family: str, name: str) -> None:
    copy: Copy = request.getfixturevalue(f"copy_of_{family}")
    database = f"of_{name.removesuffix('.sql').replace('-', '_')}"
    outcome = copy.restore(FILES / name, database)
    assert (outcome.changed, outcome.tables) == (True, 1)
    rows = copy.ask(
        database, "SELECT id, LOWER(HEX(a)), LOWER(HEX(REPLACE(b, '\\r', 'CR'))) FROM t ORDER BY id"
    )
    assert rows == ROWS
    made = "SELECT CONVERT_TZ(made, @@session.time_zone, '+00:00') FROM t WHERE id = 1"
    assert [str(at) for (at,) in copy.ask(database, made)] == [f"2024-07-01 {MADE.get(name, 9):02}:00:00"]


REFUSED = [
    *((family, "powershell-utf16.sql", ("UTF-8",)) for family in FAMILIES),
    *((family, "plain.sql.xz", ("gzip or zstd", "Unpack it first")) for family in FAMILIES),
    *((family, "error-at-end.sql", ("Error 2013: Lost connection", "it is cut")) for family in ("mariadb",)),
    # A collation of the other family: its values would sort and match in another way than they did.
    ("mariadb", "collation.sql", ("Unknown collation", "of the family and version the dump is from")),
    ("mysql", "plain.sql", ("Unknown collation", "of the family and version the dump is from")),
]


@pytest.mark.parametrize(("family", "name", "words"), REFUSED)
def test_a_dump_file_is_refused_for_what_it_is(
    request: pytest.FixtureRequest, family: str, name: str, words: tuple[str, ...]
) -> None:
    copy: Copy = request.getfixturevalue(f"copy_of_{family}")
    with pytest.raises((InputError, ServerError)) as refused:
        copy.restore(FILES / name, "refused")
    one_line(refused.value)
    for word in words:
        assert word in str(refused.value)


def test_a_cut_dump_file_is_refused(copy_of_mariadb: Copy, tmp_path: Path) -> None:
    whole = (FILES / "plain.sql").read_bytes()
    (tmp_path / "cut.sql").write_bytes(whole[: whole.index(b"UNLOCK TABLES")])
    with pytest.raises(ConvergenceError, match="it is cut") as refused:
        copy_of_mariadb.restore(tmp_path / "cut.sql", "cut")
    one_line(refused.value)
