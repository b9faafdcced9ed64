# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""Where names without a schema lead, for the statements in which the target itself runs an application's functions."""

from __future__ import annotations

import typing as t

from .connection import query

if t.TYPE_CHECKING:
    from psycopg import Connection

    from .connection import Row

# Not listed, pg_catalog is searched first: no table, function or operator of the application can stand for one of the
# server's own. What is made without a schema goes into the first that is listed, the application's.
_AS_THE_APPLICATION: t.Final = """
SELECT set_config('search_path', concat_ws(', ', quote_ident(%s), (
  SELECT string_agg(trim(name), ', ')
  FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS setting
  CROSS JOIN unnest(string_to_array(substr(setting, length('search_path=') + 1), ',')) AS name
  WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
    AND setting LIKE 'search_path=%%' AND trim(name, ' "') NOT IN ('pg_catalog', '')), 'public'), true)"""


def as_the_application(connection: Connection[Row], schema: str) -> None:
    """Until the end of the transaction: the application's schema, what role and database are set to, and public.

    Functions in its CHECKs and generated columns may call others by their bare names, as they do in its own sessions,
    and so may the SQL of its rules.
    """
    query(connection, _AS_THE_APPLICATION, (schema,))


__all__ = ("as_the_application",)
