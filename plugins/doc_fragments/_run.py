# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

from __future__ import annotations


class ModuleDocFragment:
    """The run directory and the number of workers. Keep in step with module_utils/_argspec.py."""

    DOCUMENTATION = r"""
options:
  run_directory:
    description:
      - Directory on the migration host that holds everything one migration knows about itself.
      - A directory that was made for another source, target or plan is refused.
    type: path
    required: true
"""

    WORKERS = r"""
options:
  workers:
    description:
      - How many processes work at the same time.
      - V(0) takes one per processor of the migration host, and at least two.
    type: int
    default: 0
"""
