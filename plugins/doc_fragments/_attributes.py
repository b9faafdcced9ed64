# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

from __future__ import annotations


class ModuleDocFragment:
    """What a module of this collection promises to Ansible."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying anything.
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff
        mode.
  idempotent:
    description:
      - When run twice in a row with the same arguments over an unchanged state, the second run changes
        nothing.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module does not change anything.
  diff_mode:
    support: N/A
    details:
      - This module does not change anything.
  idempotent:
    support: full
    details:
      - This module does not change anything.
"""

    MYSQL = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/alkemio.convergence.mysql) in C(module_defaults) to write the source's login options
        once.
    support: full
    membership:
      - alkemio.convergence.mysql
"""

    POSTGRESQL = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/alkemio.convergence.postgresql) in C(module_defaults) to write the target's login
        options once.
    support: full
    membership:
      - alkemio.convergence.postgresql
"""
