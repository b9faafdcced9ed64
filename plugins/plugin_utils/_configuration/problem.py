# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What a rewriting refuses."""

from __future__ import annotations


class RewriteError(Exception):
    """A file cannot be rewritten; `str()` is one line: which file and place, why, what to do."""


__all__ = ("RewriteError",)
