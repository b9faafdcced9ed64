# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The YAML library, which the rewriting needs beside Ansible on the controller."""

from __future__ import annotations

import sys
import traceback
import typing as t

from ansible.errors import AnsibleError

IMPORT_TRACEBACK: str | None = None
try:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
except ImportError:
    IMPORT_TRACEBACK = traceback.format_exc()

    class YAMLError(Exception):  # type: ignore[no-redef]
        """Stands in when there is no library, so that except clauses still compile."""


def parser() -> t.Any:
    """A round-trip parser: YAML 1.2 as compose reads it, with the place of every node.

    Raises AnsibleError: the library is missing.
    """
    _check()
    return YAML(typ="rt")


def plain_parser() -> t.Any:
    """A parser into dictionaries and lists.

    Raises AnsibleError: the library is missing.
    """
    _check()
    return YAML(typ="safe", pure=True)


def _check() -> None:
    if IMPORT_TRACEBACK is not None:
        raise AnsibleError(
            f"The controller's Python {sys.executable} lacks ruamel.yaml. Install it beside ansible-core: "
            f"{sys.executable} -m pip install 'ruamel.yaml>=0.18' (Debian and Ubuntu: python3-ruamel.yaml)."
        )


__all__ = ("YAMLError", "parser", "plain_parser")
