# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks that somebody else holds, waited for a minute: part of the long form alone."""

from __future__ import annotations

import time

from tests.faults.stage import Stage
from tests.faults.test_limits import finish
from tests.support.engine import places


def test_a_lock_that_somebody_else_holds_is_told(dumped: Stage) -> None:
    with places.session(dumped.target, dumped.moves[0].target) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE parent IN ACCESS SHARE MODE")
        began = time.monotonic()
        ending = dumped.do("load")
        assert 30 < time.monotonic() - began < 120
    assert ending.error == "ServerError", ending
    assert "lock" in ending.message
    finish(dumped, "load", "verify")


def test_a_lock_on_the_source_is_told(stage: Stage) -> None:
    with places.session(stage.source, stage.moves[0].source) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLES parent WRITE")
        began = time.monotonic()
        ending = stage.do("dump")
        assert 30 < time.monotonic() - began < 120
    assert ending.error == "ServerError", ending
    assert "lock" in ending.message.lower()
    finish(stage, "dump", "load", "verify")
