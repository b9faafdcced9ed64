# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that all tests of this folder share; databases are each test's own."""

from __future__ import annotations

from tests.servers.fixtures import mariadb, mysql, postgresql  # noqa: F401 - fixtures
