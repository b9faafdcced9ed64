# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The environment files of one checkout together: those with a login, and those that override single variables."""

from __future__ import annotations

import typing as t

from .env_file import EnvFile, login, rewrite_env, rewrite_override
from .problem import RewriteError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .settings import Settings


def rewrite_environment(files: Mapping[str, str], settings: Settings) -> tuple[dict[str, str], Settings]:
    """Environment files, by their paths in the order in which they are read, for PostgreSQL only.

    Returns also the settings with what the other files need of them.
    Raises RewriteError: no file names the login, and the settings do not either.
    """
    values = {path: EnvFile(text).values() for path, text in files.items()}
    full = [path for path in files if all(login(values[path]))] or list(files)[:1]
    over: dict[str, str] = {}
    for path, found in values.items():
        over.update({} if path in full else found)
    done = {}
    for path in full:
        try:
            done[path], settings = rewrite_env(files[path], settings, over)
        except RewriteError as error:
            raise RewriteError(f"{path}: {error}") from None
    for path, text in files.items():
        if path not in full:
            done[path] = rewrite_override(text, settings)
    return done, settings


__all__ = ("rewrite_environment",)
