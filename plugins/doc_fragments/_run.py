# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

from __future__ import annotations


class ModuleDocFragment:
    """The run directory, its encryption and the number of workers. Keep in step with module_utils/_argspec.py."""

    DOCUMENTATION = r"""
options:
  run_directory:
    description:
      - Directory on the migration host that holds everything one migration knows about itself.
      - A directory that was made for another source, target or plan is refused.
    type: path
    required: true
"""

    ENCRYPTION = r"""
options:
  encryption_key_file:
    description:
      - File on the migration host with 32 or more random bytes, as C(openssl rand -base64 48) makes them,
        that nobody else can read.
      - When given, the chunks of the snapshot are encrypted with it (AES-256-GCM). Dump and load need the
        same file. Without it the snapshot is lost.
      - The manifest is not encrypted. It holds counts, names, and where the chunks of large tables begin,
        which are values of the columns they are cut by, as a rule the primary key.
    type: path
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
