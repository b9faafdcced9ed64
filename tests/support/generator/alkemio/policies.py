# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorization rules: half of all rows and nearly all bytes of a real platform.

The JSON of a policy is put together once and drawn from a pool; only the resource it speaks of is set
per row, which keeps 1.67 million policies affordable and no two places on the platform alike.
"""

from __future__ import annotations

from typing import Any

from tests.support.generator.dice import Dice
from tests.support.generator.json_text import mysql_json
from tests.support.generator.sink import Literal, literal
from tests.support.generator.words import words

RESOURCE = "00000000-0000-4000-8000-0000000000ee"

_PRIVILEGES = words(
    "create read update delete grant contribute read-about create-post create-callout create-document "
    "update-content update-whiteboard file-upload file-delete move-post create-relation platform-admin "
    "authorization-reset community-member-add community-member-remove community-assign-vc-from-account "
    "access-guidance-chat receive-notifications-space-admin receive-notifications-organization-admin "
    "license-reset transfer-resource create-message-reply read-users create-organization"
)
_CREDENTIALS = words(
    "global-admin global-support global-registered global-anonymous global-guest space-admin space-member "
    "space-lead space-subspace-admin organization-owner organization-admin organization-associate "
    "account-admin user-self beta-tester vc-campaign"
)
_RULES = words(
    "credentialRuleTypes-platformGlobalAdmins credentialRule-organizationAdmin credentialRule-spaceAdmins "
    "credentialRuleTypes-spaceMembersReadAbout credentialRule-userSelfAdmin "
    "credentialRuleTypes-globalSupport credentialRuleTypes-calloutContribute "
    "credentialRule-accountManageLicense"
)


class PolicyPool:
    """Ready-made rules."""

    def __init__(self, seed: int, rules: tuple[int, int], size: int = 400) -> None:
        self.dice = Dice(f"{seed}:policies")
        self.usual, self.largest = rules
        self.credential_rules = [literal(self._rules(self._rule_count())) for _ in range(size)]
        empty = [literal("[]")] * 5
        self.privilege_rules = empty + [literal(self._privilege_rules()) for _ in range(12)]

    def draw(self, dice: Dice, resource: str) -> tuple[Literal, Literal]:
        """credentialRules and privilegeRules of one policy."""
        rules = dice.pick(self.credential_rules).replace(RESOURCE.encode(), resource.encode())
        return Literal(rules), Literal(dice.pick(self.privilege_rules))

    def _rule_count(self) -> int:
        kind = self.dice.random()
        if kind < 0.03:
            return 0
        if kind > 0.98:
            return self.dice.between(25, 40)
        return round(self.dice.triangular(1, self.largest, self.usual))

    def _rules(self, count: int) -> str:
        return mysql_json([self._rule() for _ in range(count)])

    def _rule(self) -> dict[str, Any]:
        dice = self.dice
        # An unset resource is '' in the real data, never null.
        criterias = [
            {"type": dice.pick(_CREDENTIALS), "resourceID": dice.pick(("", RESOURCE, RESOURCE))}
            for _ in range(dice.pick((1, 1, 1, 2, 3)))
        ]
        return {
            "name": dice.pick(_RULES),
            "cascade": dice.chance(0.7),
            "criterias": criterias,
            "grantedPrivileges": dice.sample(_PRIVILEGES, dice.between(1, 6)),
        }

    def _privilege_rules(self) -> str:
        dice = self.dice
        rules = [
            {
                "name": "policyRule-" + dice.pick(_PRIVILEGES),
                "sourcePrivilege": dice.pick(_PRIVILEGES),
                "grantedPrivileges": dice.sample(_PRIVILEGES, dice.between(1, 3)),
            }
            for _ in range(dice.between(1, 3))
        ]
        return mysql_json(rules)
