# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What the documentation of logins says alike of both servers."""

from __future__ import annotations


def variables_option(prefix: str, side: str) -> str:
    """The option `<prefix>login_variables` in YAML; `side` is whose variable is the example, `source` or `target`."""
    return f"""
  {prefix}login_variables:
    description:
      - What the caller calls these options, as a variable for each, for example C(login_port) with the value
        C(migration_{side}_login_port). Messages then speak of the variables.
      - The lookup P(alkemio.convergence.login#lookup) fills it.
    type: dict
    default: {{}}
"""


__all__ = ("variables_option",)
