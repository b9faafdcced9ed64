# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts of a Kratos database share, and the part that makes rows."""

from __future__ import annotations

import datetime
from typing import Any

from tests.support.generator.catalogs import mysql_tables
from tests.support.generator.dice import Dice
from tests.support.generator.people import people
from tests.support.generator.scales import KratosScale
from tests.support.generator.sink import Sink
from tests.support.generator.texts import Texts

CREDENTIAL_TYPES = {
    "password": "78c1b41d-8341-4507-aa60-aff1d4369670",
    "oidc": "6fa5e2e0-bfce-4631-b62b-cf2b0252b289",
    "totp": "5e29b036-aa47-457f-9fe6-aa8b854a752b",
    "lookup_secret": "567a0730-7f48-4dd7-a13d-df87a51c245f",
    "webauthn": "6b213fa0-e6ad-46cb-8878-b088d2ce2e3c",
    "code": "14f3b7e2-8725-4068-be39-8a796485fd97",
    "passkey": "8d0ca544-9bf6-45d3-bd75-0bbb3aeba3c7",
}


class Database:
    """Everything that is known before the first row is made."""

    def __init__(self, scale: KratosScale, seed: int) -> None:
        self.scale = scale
        self.seed = seed
        self.nid = Dice(f"{seed}:network").uuid()
        self.people = people(seed, scale.identities)
        self.texts = Texts(f"{seed}:texts", 60)


class Part:
    """Makes the rows of one part: the identities whose number leaves this remainder."""

    def __init__(self, database: Database, number: int) -> None:
        self.database = database
        self.number = number
        self.dice = Dice(f"{database.seed}:kratos:{number}")
        self.sink = Sink(mysql_tables("kratos"))
        self.people = database.people[number :: database.scale.parts]

    def row(self, table: str, **values: Any) -> str:
        """One row; key, network and stamps are filled in where the table has them."""
        layout = self.sink.layouts[table]
        if "id" not in values and "id" in layout.known:
            values["id"] = self.dice.uuid()
        if "nid" not in values and "nid" in layout.known:
            values["nid"] = self.database.nid
        if "created_at" not in values and "created_at" in layout.known:
            values["created_at"] = self.dice.second()
        if "updated_at" not in values and "updated_at" in layout.known:
            # Go writes both at once; later updates only move forward.
            created = values["created_at"]
            values["updated_at"] = created if self.dice.chance(0.5) else max(created, self.dice.second())
        self.sink.add(table, values)
        return str(values.get("id", ""))


def later(moment: str, **delta: int) -> str:
    """A moment so much later."""
    parsed = datetime.datetime.fromisoformat(moment)
    return (parsed + datetime.timedelta(**delta)).isoformat(sep=" ")
