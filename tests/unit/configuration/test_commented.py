# SPDX-License-Identifier: GPL-3.0-or-later
"""What people comment out instead of removing, and what they write beside it."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.commented import (
    without_commented_mysql,
)

KEPT = "volumes:\n  one:\n{}  two:\n"


@pytest.mark.parametrize(
    "comment",
    [
        "  # dev_mysql:\n",
        "  # dev_mysql:  # the old server's volume, kept for a while\n",
        "  #dev_mysql:\t# kept\n",
        "  # 'dev_mysql': {}\n",
        "  # dev_mysql: {} # kept\n",
        "  # dev_mysql: { driver: local }\n",
        "  # dev_mysql:\n  #   driver: local # as before\n",
        "  # - 3306:3306 # the server's\n",
        "  # - '3306:3306'\n",
        "  # port: 3306 # the server's\n",
        "  # - DSN=mysql://root:x@tcp(db:3306)/kratos # before\n",
        "  # DSN: mysql://root:x@tcp(db:3306)/kratos # before\n",
        "  # Uncomment for MySQL\n  # mysql:\n  #   image: mysql:8.3.0\n  #   command: --init-file /a b.sql\n",
    ],
)
def test_a_key_that_is_commented_out_goes_with_what_stands_behind_it(comment: str) -> None:
    assert without_commented_mysql(KEPT.format(comment)).replace("\n\n", "\n") == KEPT.format("")


@pytest.mark.parametrize(
    "comment",
    [
        "  # MySQL daemon port.\n",
        "  # Supports both: PostgreSQL and MySQL.\n",
        "  # Note: schema and database have one value in MySQL\n",
        "  # mysql is gone: see the manual\n",
        "  # port: any but that of MySQL\n",
        "  # -- mysql --\n",
    ],
)
def test_a_sentence_stays(comment: str) -> None:
    assert without_commented_mysql(KEPT.format(comment)) == KEPT.format(comment)
