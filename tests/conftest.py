# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that all tests of a session share, started when first asked for; databases are each test's own."""

from __future__ import annotations

from tests.support.servers.fixtures import mariadb, mysql, postgresql  # noqa: F401 - fixtures
