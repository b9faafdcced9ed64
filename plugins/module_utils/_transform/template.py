# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""SQL templates: `{name}` stands for a value, everything else is SQL as it is.

`str.format` is not used, because regular expressions inside SQL have braces of their own.
"""

from __future__ import annotations

import re
import typing as t

_PLACEHOLDER: t.Final = re.compile(r"\{([a-z_]+)\}")


def render(template: str, values: t.Mapping[str, str]) -> str:
    """`template` with each `{name}` replaced; an unknown name is a programming error (KeyError)."""
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], template)


__all__ = ("render",)
