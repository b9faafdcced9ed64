# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

from __future__ import annotations


class ModuleDocFragment:
    """What modules for an application's files share. Keep in step with module_utils/_configuration/argspec.py."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
  idempotent:
    support: full
"""

    BACKUP = r"""
options:
  backup_directory:
    description: The directory that was given when the files were rewritten.
    type: path
    required: true
"""

    SEARCH = r"""
options:
  root:
    description: The folder to look through, such as a checkout. Files are given and named relative to it.
    type: path
    required: true
  exclude:
    description: Patterns of names or relative paths that are not looked at, as the shell writes them.
    type: list
    elements: str
    default:
      [.git, node_modules, dist, .convergence, "*.lock", package-lock.json, pnpm-lock.yaml, "*.min.js", "*.map"]
attributes:
  diff_mode:
    support: none
    details:
      - Changes nothing.
"""
