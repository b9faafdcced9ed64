# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts of a platform share, and the part itself: the thing that makes rows.

A platform is generated in parts, each from a seed of its own, so that several processes can work at
once and the outcome does not depend on how many do. A part keeps its keys within a slice of the uuid
space, another slice for every table: loading stays sequential, the whole table is evenly spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.generator.catalogs import mysql_tables
from tests.support.generator.dice import Dice
from tests.support.generator.people import Person, people
from tests.support.generator.scales import AlkemioScale
from tests.support.generator.sink import Sink
from tests.support.generator.texts import Texts
from tests.support.generator.whiteboards import board_pool
from tests.support.generator.words import words

from .policies import PolicyPool

ROW_ID_STRIDE = 1_000_000
SINGLETONS = words(
    "platform library forum ai_server licensing_framework license_policy "
    "platform_aggregator platform_templates_manager"
)


class Platform:
    """Everything that is known before the first row is made."""

    def __init__(self, scale: AlkemioScale, seed: int) -> None:
        self.scale = scale
        self.seed = seed
        dice = Dice(f"{seed}:platform")
        self.ids = {name: dice.uuid() for name in SINGLETONS}
        self.people = people(seed, scale.users)
        self.organizations = [(dice.uuid(), dice.uuid()) for _ in range(scale.organizations)]
        self.virtual_contributors = [(dice.uuid(), dice.uuid()) for _ in range(scale.virtual_contributors)]
        self.personas = [dice.uuid() for _ in range(scale.virtual_contributors)]
        self.texts = Texts(f"{seed}:texts")
        self.policies = PolicyPool(seed, scale.rules)
        self.boards = board_pool(Dice(f"{seed}:boards"), scale.board_pool)
        self.slices = {table: self._slices(table) for table in mysql_tables("alkemio")}

    def _slices(self, table: str) -> list[int]:
        """Which slice of this table's keys each part fills."""
        order = list(range(self.scale.parts))
        Dice(f"{self.seed}:slices:{table}").shuffle(order)
        return order

    def mine(self, items: list[Any], number: int) -> list[Any]:
        """The share of part ``number``."""
        return items[number :: self.scale.parts]


class Part:
    """Makes the rows of one part."""

    def __init__(self, platform: Platform, number: int) -> None:
        self.platform = platform
        self.number = number
        self.dice = Dice(f"{platform.seed}:alkemio:{number}")
        self.texts = platform.texts
        self.sink = Sink(mysql_tables("alkemio"))
        self.parent: str | None = None
        self.resource = platform.ids["platform"]
        self.row_ids: dict[str, int] = {}
        # What later subjects of the same part refer to.
        self.made: dict[str, list[Any]] = {}

    def new_id(self, table: str) -> str:
        """A key within this part's slice."""
        width = (1 << 32) // self.platform.scale.parts
        low = self.platform.slices[table][self.number] * width
        return self.dice.uuid(low, low + width)

    def row_id(self, table: str) -> int:
        """The next AUTO_INCREMENT value, with gaps."""
        last = self.row_ids.get(table, self.number * ROW_ID_STRIDE)
        self.row_ids[table] = last + self.dice.pick((1, 1, 1, 2, 5, 40))
        return self.row_ids[table]

    def row(self, table: str, **values: Any) -> str:
        """One row without children; returns its key."""
        self._complete(table, values)
        self.sink.add(table, values)
        return str(values["id"])

    @contextmanager
    def entity(self, table: str, **values: Any) -> Iterator[dict[str, Any]]:
        """A row with children: theirs come before it, their policies hang below its own."""
        self._complete(table, values)
        outer, self.parent = self.parent, values.get("authorizationId") or self.parent
        yield values
        self.parent = outer
        self.sink.add(table, values)

    def _complete(self, table: str, values: dict[str, Any]) -> None:
        """Key, stamps, version, AUTO_INCREMENT and policy."""
        layout = self.sink.layouts[table]
        if "id" not in values and "id" in layout.known:
            values["id"] = self.new_id(table)
        if "createdDate" not in values and "createdDate" in layout.known:
            values["createdDate"], values["updatedDate"] = self.dice.created_and_updated()
        if "version" not in values and "version" in layout.known:
            values["version"] = self.dice.pick((1, 1, 1, 2, 3, 7, 19))
        if "rowId" not in values and "rowId" in layout.known:
            values["rowId"] = self.row_id(table)
        if "authorizationId" not in values and "authorizationId" in layout.known:
            # Broken and legacy rows have none.
            lacking = self.dice.chance(0.004)
            values["authorizationId"] = None if lacking else self.policy(table.replace("_", "-"))

    def policy(self, kind: str) -> str:
        """An authorization policy below the current one."""
        credential_rules, privilege_rules = self.platform.policies.draw(self.dice, self.resource)
        return self.row(
            "authorization_policy",
            credentialRules=credential_rules,
            privilegeRules=privilege_rules,
            type=kind,
            parentAuthorizationPolicyId=self.parent,
        )

    def remember(self, kind: str, item: Any) -> None:
        """Keeps something for subjects that come later."""
        self.made.setdefault(kind, []).append(item)

    def recall(self, kind: str) -> list[Any]:
        """What was remembered."""
        return self.made.get(kind, [])

    def anyone(self) -> Person:
        """Some user of the whole platform."""
        return self.dice.pick(self.platform.people)

    def name_id(self, stem: str) -> str:
        """A short readable name; unique enough where the column is not."""
        return f"{stem[:20]}-{self.dice.between(1, 99999)}"
